extension Tensor {
  /// Layer normalisation over the last axis (Ba et al., 2016).
  /// - Parameters:
  ///   - weight: `[width]`, or none for 1
  ///   - bias: `[width]`, or none for 0
  public func layerNorm(_ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Float) -> Tensor {
    normalisedRows(weight, bias, epsilon: epsilon, centred: true)
  }

  /// Root-mean-square normalisation over the last axis (Zhang and Sennrich, 2019).
  /// - Parameter weight: `[width]`, or none for 1
  public func rmsNorm(_ weight: Tensor? = nil, epsilon: Float) -> Tensor {
    normalisedRows(weight, nil, epsilon: epsilon, centred: false)
  }

  /// Each row over its standard deviation (or root mean square), times weight plus bias.
  private func normalisedRows(
    _ weight: Tensor?, _ bias: Tensor?, epsilon: Float, centred: Bool
  ) -> Tensor {
    let width = extent(-1)
    precondition(
      (weight == nil || weight?.shape == [width]) && (bias == nil || bias?.shape == [width]),
      "norm of \(shape): weight \(weight?.shape ?? []), bias \(bias?.shape ?? [])")
    let rows = RowNormalisation(
      rows: width == 0 ? 0 : count / width, width: width, epsilon: epsilon, centred: centred)
    let w = weight?.detached() ?? .full([width], 1)
    let b = bias?.detached() ?? .zeros([width])
    let result = Tensor(shape: shape) {
      rows.forward(pointer, w.pointer, b.pointer, into: $0)
    }
    let nodes = (gradientNode, weight?.gradientNode, bias?.gradientNode)
    let inputs = [nodes.0, nodes.1, nodes.2].compactMap { $0 }
    if inputs.isEmpty { return result }
    let x = detached()
    return result.recording(inputs) { gradient, sink in
      let dy = gradient.pointer
      if nodes.0 != nil {
        let dx = Tensor(shape: x.shape) {
          rows.inputGradient(dy, x.pointer, w.pointer, into: $0)
        }
        sink.add(dx, to: nodes.0, owned: true)
      }
      sink.accumulate(to: nodes.1, shape: [width]) { sum, beta in
        if beta == 0 { sum.update(repeating: 0, count: width) }
        rows.weightGradient(dy, x.pointer, addingTo: sum)
      }
      sink.accumulate(to: nodes.2, shape: [width]) { sum, beta in
        if beta == 0 { sum.update(repeating: 0, count: width) }
        for row in 0..<rows.rows { VectorMath.accumulate(sum, dy + row * width, width) }
      }
    }
  }
}

/// The mean and the reciprocal deviation of each row, kept for the way back.
private struct RowNormalisation: @unchecked Sendable {
  let rows: Int
  let width: Int
  let epsilon: Float
  let centred: Bool
  private let statistics: TensorStorage

  init(rows: Int, width: Int, epsilon: Float, centred: Bool) {
    self.rows = rows
    self.width = width
    self.epsilon = epsilon
    self.centred = centred
    statistics = TensorStorage(uninitialized: 2 * rows)
  }

  private func mean(_ row: Int) -> Float { statistics.pointer[2 * row] }
  private func inverse(_ row: Int) -> Float { statistics.pointer[2 * row + 1] }

  func forward(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    Workers.forEachBlock(of: rows, width: width) { block in
      for row in block { forward(row, x, w, b, into: y) }
    }
  }

  private func forward(
    _ row: Int, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    let line = x + row * width
    let mean = centred ? VectorMath.sum(line, width) / Float(width) : 0
    let variance = VectorMath.sum(line, width) { ($0 - mean) * ($0 - mean) } / Float(width)
    let inverse = 1 / (variance + epsilon).squareRoot()
    statistics.pointer[2 * row] = mean
    statistics.pointer[2 * row + 1] = inverse
    VectorMath.map(line, w, b, y + row * width, width) { x, w, b in
      b.addingProduct((x - mean) * inverse, w)
    }
  }

  /// With n the normalised row and g = dy w: dx = (g - mean(g) - n mean(g n)) / deviation.
  func inputGradient(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    into dx: UnsafeMutablePointer<Float>
  ) {
    let normal = TensorStorage(uninitialized: width)
    let scaled = TensorStorage(uninitialized: width)
    let (n, g) = (normal.pointer, scaled.pointer)
    for row in 0..<rows {
      let (mean, inverse) = (mean(row), inverse(row))
      VectorMath.map(x + row * width, n, width) { ($0 - mean) * inverse }
      VectorMath.map(dy + row * width, w, g, width) { $0 * $1 }
      let along = VectorMath.dot(g, n, width) / Float(width)
      let centre = centred ? VectorMath.sum(g, width) / Float(width) : 0
      VectorMath.map(g, n, dx + row * width, width) { ($0 - centre - $1 * along) * inverse }
    }
  }

  /// dw += sum over rows of dy n
  func weightGradient(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    addingTo dw: UnsafeMutablePointer<Float>
  ) {
    for row in 0..<rows {
      let (mean, inverse) = (mean(row), inverse(row))
      VectorMath.map(dw, dy + row * width, x + row * width, dw, width) { sum, dy, x in
        sum.addingProduct(dy, (x - mean) * inverse)
      }
    }
  }
}
