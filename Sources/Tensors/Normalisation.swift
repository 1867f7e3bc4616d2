extension Tensor {
  /// Layer normalisation over the last axis (Ba et al., 2016).
  /// - Parameters:
  ///   - weight: `[width]`, or none for 1
  ///   - bias: `[width]`, or none for 0
  public func layerNorm(_ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Float) -> Tensor {
    affine(normalisedRows(epsilon: epsilon, centred: true), weight, bias)
  }

  /// Root-mean-square normalisation over the last axis (Zhang and Sennrich, 2019).
  public func rmsNorm(_ weight: Tensor? = nil, epsilon: Float) -> Tensor {
    affine(normalisedRows(epsilon: epsilon, centred: false), weight, nil)
  }

  /// Group normalisation (Wu and He, 2018) of `[batch, channels, ...]`.
  /// - Parameters:
  ///   - weight: `[channels]`
  ///   - bias: `[channels]`
  public func groupNorm(groups: Int, _ weight: Tensor?, _ bias: Tensor?, epsilon: Float) -> Tensor {
    let channels = shape[1]
    precondition(channels % groups == 0, "\(channels) channels in \(groups) groups")
    let rows = reshaped([shape[0] * groups, -1])
    let normal = rows.normalisedRows(epsilon: epsilon, centred: true).reshaped(shape)
    let spread = [channels] + [Int](repeating: 1, count: rank - 2)
    return affine(normal, weight?.reshaped(spread), bias?.reshaped(spread))
  }

  private func affine(_ x: Tensor, _ weight: Tensor?, _ bias: Tensor?) -> Tensor {
    var y = x
    if let weight { y = y * weight }
    if let bias { y = y + bias }
    return y
  }

  /// Each row of the last axis over its standard deviation (or root mean square).
  private func normalisedRows(epsilon: Float, centred: Bool) -> Tensor {
    let width = extent(-1)
    let rows = width == 0 ? 0 : count / width
    let inverse = TensorStorage(uninitialized: rows)
    let result = Tensor(shape: shape) { out in
      for row in 0..<rows {
        let x = pointer + row * width
        let mean = centred ? VectorMath.sum(x, width) / Float(width) : 0
        let variance = VectorMath.sum(x, width) { ($0 - mean) * ($0 - mean) } / Float(width)
        let scale = 1 / (variance + epsilon).squareRoot()
        inverse.pointer[row] = scale
        VectorMath.map(x, out + row * width, width) { ($0 - mean) * scale }
      }
    }
    guard let node = gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      let dx = Tensor(shape: result.shape) { out in
        for row in 0..<rows {
          let y = result.pointer + row * width
          let dy = gradient.pointer + row * width
          let along = VectorMath.dot(y, dy, width) / Float(width)
          let mean = centred ? VectorMath.sum(dy, width) / Float(width) : 0
          let scale = inverse.pointer[row]
          VectorMath.map(y, dy, out + row * width, width) { ($1 - mean - $0 * along) * scale }
        }
      }
      sink.add(dx, to: node, owned: true)
    }
  }
}
