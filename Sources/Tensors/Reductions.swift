import Kernels

extension Tensor {
  /// The sum of all elements, shape `[]`.
  public func sum() -> Tensor {
    let result = Tensor(sum(of: 0..<count))
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      sink.add(Tensor.full(original, gradient.scalar), to: node, owned: true)
    }
  }

  /// The mean of all elements, shape `[]`. The mean of nothing is NaN, as everywhere.
  public func mean() -> Tensor { sum() / Float(count) }

  /// Sums over `axes`, which stay with extent 1 when `keepingAxes`.
  public func sum(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let resolved = Set(axes.map { $0 < 0 ? $0 + rank : $0 })
    let kept = shape.enumerated().map { resolved.contains($0.offset) ? 1 : $0.element }
    let reduced = self.detached().reduced(to: kept)
    let others = shape.indices.filter { !resolved.contains($0) }
    let final = keepingAxes ? kept : others.map { shape[$0] }
    let result = reduced.reshaped(final)
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      let spread = gradient.detached().reshaped(kept).broadcast(to: original)
      sink.add(spread, to: node, owned: kept != original)
    }
  }

  /// Means over `axes`.
  public func mean(axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let divisor = axes.reduce(1) { $0 * extent($1) }
    return sum(axes: axes, keepingAxes: keepingAxes) / Float(divisor)
  }

  /// The Euclidean norm of all elements, shape `[]`; its gradient at 0 is 0.
  public func norm() -> Tensor {
    let value = sumOfSquares.squareRoot()
    let result = Tensor(value)
    guard let node = gradientNode else { return result }
    let x = detached()
    return result.recording([node]) { gradient, sink in
      let factor = value > 0 ? gradient.scalar / value : 0
      sink.add(x.scaled(by: factor), to: node, owned: true)
    }
  }

  /// Index of the first largest element of each row of the last axis.
  public func argmax() -> [Int] {
    let width = extent(-1)
    return (0..<(width == 0 ? 0 : count / width)).map { row in
      Reductions.argmax(storage, row * width..<(row + 1) * width)
    }
  }

  /// The sum of some elements, in row-major order, without history.
  public func sum(of elements: Range<Int>) -> Float { Reductions.sum(storage, elements) }

  /// The sum of squares of some elements, or of all, without history.
  public func sumOfSquares(of elements: Range<Int>) -> Float {
    Reductions.squares(storage, elements)
  }
  public var sumOfSquares: Float { sumOfSquares(of: 0..<count) }
}
