extension Tensor {
  /// Convolution over frames, height and width with zero padding (cross-correlation, as in every
  /// deep-learning library), as matrix products over columns.
  ///
  /// A causal convolution in time pads `(kt - 1, 0)` here or repeats the first frame with
  /// ``padFrames(repeatingFirst:)`` before.
  /// - Parameters:
  ///   - weight: `[out, channels, kt, kh, kw]`
  ///   - bias: `[out]`
  ///   - padding: zeros before and after frames, height and width
  /// - Returns: `[batch, out, frames', height', width']` for
  ///   `self [batch, channels, frames, height, width]`.
  public func conv3d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: (Int, Int, Int) = (1, 1, 1),
    padding: [(before: Int, after: Int)] = [(0, 0), (0, 0), (0, 0)]
  ) -> Tensor {
    precondition(
      rank == 5 && weight.rank == 5 && weight.shape[1] == shape[1] && padding.count == 3
        && (bias == nil || bias?.shape == [weight.shape[0]]),
      "conv3d: input \(shape), weight \(weight.shape), bias \(bias?.shape ?? [])")
    let geometry = ConvolutionGeometry(
      input: Array(shape[2...]), channels: shape[1], kernel: Array(weight.shape[2...]),
      stride: [stride.0, stride.1, stride.2], padding: padding)
    let convolution = Convolution(
      batch: shape[0], outputs: weight.shape[0], geometry: geometry)
    let result = Tensor(shape: [shape[0], weight.shape[0]] + geometry.output) { out in
      if weight.element == .bfloat16, Precision.current == .fast,
        OneDNN.bfloat16Instructions != nil, convolution.isLarge
      {
        return convolution.rounded(pointer, weight.storage, bias?.pointer, into: out)
      }
      // Kernels are small beside what they are applied to: a stored one is widened for the call.
      let kernel = weight.widened()
      convolution.forward(pointer, kernel.pointer, bias?.pointer, into: out)
    }
    let inputs = [gradientNode, weight.gradientNode, bias?.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (x, w) = (detached(), weight.detached())
    let (nodeX, nodeW, nodeB) = (gradientNode, weight.gradientNode, bias?.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let dy = gradient.pointer
      sink.accumulate(to: nodeX, shape: x.shape) { sum, beta in
        if beta == 0 { sum.update(repeating: 0, count: x.count) }
        let kernel = w.widened()
        convolution.inputGradient(dy, kernel.pointer, addingTo: sum)
      }
      sink.accumulate(to: nodeW, shape: w.shape) { sum, beta in
        if beta == 0 { sum.update(repeating: 0, count: w.count) }
        convolution.weightGradient(dy, x.pointer, addingTo: sum)
      }
      sink.accumulate(to: nodeB, shape: [w.shape[0]]) { sum, beta in
        if beta == 0 { sum.update(repeating: 0, count: w.shape[0]) }
        convolution.biasGradient(dy, addingTo: sum)
      }
    }
  }

  /// Convolution over height and width.
  /// - Parameter weight: `[out, channels, kh, kw]`
  /// - Returns: `[batch, out, height', width']` for `self [batch, channels, height, width]`.
  public func conv2d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: (Int, Int) = (1, 1),
    padding: [(before: Int, after: Int)] = [(0, 0), (0, 0)]
  ) -> Tensor {
    precondition(rank == 4 && weight.rank == 4, "conv2d: input \(shape), weight \(weight.shape)")
    let y = insertingAxis(2).conv3d(
      weight.insertingAxis(2), bias, stride: (1, stride.0, stride.1), padding: [(0, 0)] + padding)
    return y.reshaped(y.shape.removing(2))
  }

  /// Convolution over one axis.
  /// - Parameter weight: `[out, channels, kernel]`
  /// - Returns: `[batch, out, width']` for `self [batch, channels, width]`.
  public func conv1d(
    _ weight: Tensor, _ bias: Tensor? = nil, stride: Int = 1,
    padding: (before: Int, after: Int) = (0, 0)
  ) -> Tensor {
    precondition(rank == 3 && weight.rank == 3, "conv1d: input \(shape), weight \(weight.shape)")
    let y = insertingAxis(2).conv2d(
      weight.insertingAxis(2), bias, stride: (1, stride), padding: [(0, 0), padding])
    return y.reshaped(y.shape.removing(2))
  }

  /// This `[batch, channels, frames, height, width]` with its first frame repeated `count` times
  /// more in front, the padding of causal video convolutions.
  public func padFrames(repeatingFirst count: Int) -> Tensor {
    precondition(rank == 5 && shape[2] > 0, "no first frame to repeat in \(shape)")
    if count == 0 { return self }
    let first = slice(2, 0..<1)
    return .concatenate([Tensor](repeating: first, count: count) + [self], axis: 2)
  }

  private func insertingAxis(_ axis: Int) -> Tensor {
    reshaped(Array(shape[..<axis]) + [1] + Array(shape[axis...]))
  }
}

extension [Int] {
  fileprivate func removing(_ index: Int) -> [Int] {
    Array(self[..<index]) + Array(self[(index + 1)...])
  }
}

/// The three products of a convolution, block of columns by block of columns.
private struct Convolution {
  let batch: Int
  let outputs: Int
  let geometry: ConvolutionGeometry

  /// Whether the work is worth more than one thread.
  var isLarge: Bool {
    2 * batch * outputs * geometry.outputPlane * geometry.depth >= Workers.leastOperations
  }

  private var inputSample: Int { geometry.channels * geometry.inputPlane }
  private var outputSample: Int { outputs * geometry.outputPlane }

  /// y = W columns + b
  func forward(
    _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    into y: UnsafeMutablePointer<Float>
  ) {
    let (plane, depth) = (geometry.outputPlane, geometry.depth)
    if let bias {
      Workers.forEachPart(of: batch * outputs, width: plane) { row, part in
        (y + row * plane + part.lowerBound).update(
          repeating: bias[row % outputs], count: part.count)
      }
    }
    func multiply(
      _ b: Int, _ start: Int, _ count: Int, _ columns: UnsafePointer<Float>, _ step: Int
    ) {
      BLAS.multiply(
        w, depth, false, columns, step, false, y + b * outputSample + start, plane,
        m: outputs, n: count, k: depth, beta: bias == nil ? 0 : 1)
    }
    guard isLarge else {
      return forEachBlock(gathering: x, multiply)
    }
    if geometry.isPointwise {
      let width = 4096
      let parts = (plane + width - 1) / width
      return Workers.forEach(batch * parts) { index in
        let (b, start) = (index / parts, index % parts * width)
        multiply(b, start, min(width, plane - start), x + b * inputSample + start, plane)
      }
    }
    // The same blocks as above, each with columns of its own.
    let blocks = geometry.blocks
    Workers.forEach(batch * blocks.count) { index in
      let (b, lines) = (index / blocks.count, blocks[index % blocks.count])
      let columns = TensorStorage(uninitialized: depth * geometry.blockColumns)
      geometry.gather(x + b * inputSample, lines, into: columns.pointer)
      let count = lines.count * geometry.output[2]
      multiply(b, lines.lowerBound * geometry.output[2], count, columns.pointer, count)
    }
  }

  /// The same with inputs rounded to BF16 and a kernel that is stored so (``Precision/fast``).
  func rounded(
    _ x: UnsafePointer<Float>, _ w: TensorStorage, _ bias: UnsafePointer<Float>?,
    into y: UnsafeMutablePointer<Float>
  ) {
    let (plane, depth) = (geometry.outputPlane, geometry.depth)
    let input = TensorStorage.halves(of: x, batch * inputSample)
    let halves = UnsafePointer(input.bytes.assumingMemoryBound(to: UInt16.self))
    let blocks = geometry.blocks
    Workers.forEach(batch * blocks.count) { index in
      let (b, lines) = (index / blocks.count, blocks[index % blocks.count])
      let memory = TensorStorage(uninitialized: (depth * geometry.blockColumns + 1) / 2)
      let columns = memory.bytes.assumingMemoryBound(to: UInt16.self)
      geometry.gather(halves + b * inputSample, lines, into: columns)
      let count = lines.count * geometry.output[2]
      OneDNN.multiply(
        .init(memory: w.bytes, stride: depth), .init(memory: columns, stride: count),
        into: y + b * outputSample + lines.lowerBound * geometry.output[2], plane,
        m: outputs, n: count, k: depth)
    }
    guard let bias else { return }
    Workers.forEachPart(of: batch * outputs, width: plane) { row, part in
      let shift = VectorMath.Lanes(repeating: bias[row % outputs])
      let line = y + row * plane + part.lowerBound
      VectorMath.map(line, line, part.count) { $0 + shift }
    }
  }

  /// dW += dy columns^T
  func weightGradient(
    _ dy: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    addingTo dw: UnsafeMutablePointer<Float>
  ) {
    let (plane, depth) = (geometry.outputPlane, geometry.depth)
    forEachBlock(gathering: x) { b, start, count, columns, stride in
      BLAS.multiply(
        dy + b * outputSample + start, plane, false, columns, stride, true, dw, depth,
        m: outputs, n: depth, k: count, beta: 1)
    }
  }

  /// dx += scatter(W^T dy)
  func inputGradient(
    _ dy: UnsafePointer<Float>, _ w: UnsafePointer<Float>,
    addingTo dx: UnsafeMutablePointer<Float>
  ) {
    let (plane, depth) = (geometry.outputPlane, geometry.depth)
    if geometry.isPointwise {
      for b in 0..<batch {
        BLAS.multiply(
          w, depth, true, dy + b * outputSample, plane, false, dx + b * inputSample, plane,
          m: depth, n: plane, k: outputs, beta: 1)
      }
      return
    }
    let columns = TensorStorage(uninitialized: depth * geometry.blockColumns)
    for b in 0..<batch {
      geometry.forEachBlock { lines in
        let count = lines.count * geometry.output[2]
        BLAS.multiply(
          w, depth, true, dy + b * outputSample + lines.lowerBound * geometry.output[2], plane,
          false, columns.pointer, count, m: depth, n: count, k: outputs)
        geometry.scatter(columns.pointer, lines, addingTo: dx + b * inputSample)
      }
    }
  }

  /// db += sum over samples and positions of dy
  func biasGradient(_ dy: UnsafePointer<Float>, addingTo db: UnsafeMutablePointer<Float>) {
    let plane = geometry.outputPlane
    for row in 0..<batch * outputs {
      db[row % outputs] += VectorMath.sum(dy + row * plane, plane)
    }
  }

  /// Calls `body` with each block of columns `[depth, count]` of row stride `stride` and the
  /// output position it starts at.
  private func forEachBlock(
    gathering x: UnsafePointer<Float>,
    _ body: (
      _ sample: Int, _ start: Int, _ count: Int, _ columns: UnsafePointer<Float>, _ stride: Int
    ) -> Void
  ) {
    if geometry.isPointwise {
      for b in 0..<batch {
        body(b, 0, geometry.outputPlane, x + b * inputSample, geometry.inputPlane)
      }
      return
    }
    let columns = TensorStorage(uninitialized: geometry.depth * geometry.blockColumns)
    for b in 0..<batch {
      geometry.forEachBlock { lines in
        geometry.gather(x + b * inputSample, lines, into: columns.pointer)
        let count = lines.count * geometry.output[2]
        body(b, lines.lowerBound * geometry.output[2], count, columns.pointer, count)
      }
    }
  }
}
