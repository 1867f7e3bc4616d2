import PortableKernels

extension VectorMath {
  /// Softmax of one row in place; all 0 where everything is masked.
  static func softmaxInPlace(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
    let sum = portable_exponentials(row, count)
    if sum != 0 { scale(row, 1 / sum, count) }
  }

  /// `out = y (dy - sum(y dy))` for a row `y` of softmax.
  static func softmaxGradient(
    _ y: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ count: Int
  ) {
    let along = dot(y, dy, count)
    map(y, dy, out, count) { $0 * ($1 - along) }
  }
}

/// Softmax over rows of `width` elements, and the losses on it.
public struct SoftmaxRows: Sendable {
  public let rows: Int
  public let width: Int

  public init(rows: Int, width: Int) { (self.rows, self.width) = (rows, width) }

  /// `y` becomes the softmax of `x`; all 0 where everything is masked.
  public func forward(_ x: TensorStorage, into y: TensorStorage) {
    let out = y.pointer
    out.update(from: x.pointer, count: x.count)
    for row in 0..<rows { VectorMath.softmaxInPlace(out + row * width, width) }
  }

  public func backward(_ y: TensorStorage, _ gradient: TensorStorage, into dx: TensorStorage) {
    let (y, dy, dx) = (y.pointer, gradient.pointer, dx.pointer)
    for row in 0..<rows {
      VectorMath.softmaxGradient(y + row * width, dy + row * width, dx + row * width, width)
    }
  }

  /// `y` becomes the logarithm of the softmax of `x`.
  public func logarithms(_ x: TensorStorage, into y: TensorStorage) {
    let (from, to) = (x.pointer, y.pointer)
    for row in 0..<rows {
      let x = from + row * width
      let peak = VectorMath.maximum(x, width)
      let sum = VectorMath.sum(x, width) { VectorMath.exp($0 - peak) }
      let shift = peak + Float(NaturalLogarithm.of(Double(sum)))
      VectorMath.map(x, to + row * width, width) { $0 - shift }
    }
  }

  /// The sum of the cross-entropies of the rows that have a target.
  /// - Parameters:
  ///   - targets: a class of each row; nil where the row does not count
  ///   - y: becomes the softmax in the rows that count, the logits in the others
  public func crossEntropy(
    _ x: TensorStorage, targets: [Int?], probabilities y: TensorStorage
  ) -> Double {
    let out = y.pointer
    out.update(from: x.pointer, count: x.count)
    var total = 0.0
    for case (let row, let target?) in targets.enumerated() {
      let p = out + row * width
      let peak = VectorMath.maximum(p, width)
      let shifted = p[target] - peak
      let sum = portable_exponentials(p, width)
      total += NaturalLogarithm.of(Double(sum)) - Double(shifted)
      VectorMath.scale(p, 1 / sum, width)
    }
    return total
  }

  /// `dx = factor (y - target)` in the rows that count, of probabilities `y`.
  public func crossEntropyGradient(
    _ y: TensorStorage, targets: [Int?], factor: Float, into dx: TensorStorage
  ) {
    let (probabilities, gradient) = (y.pointer, dx.pointer)
    for case (let row, let target?) in targets.enumerated() {
      let out = gradient + row * width
      VectorMath.map(probabilities + row * width, out, width) { $0 * factor }
      out[target] -= factor
    }
  }
}
