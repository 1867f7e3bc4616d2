extension VectorMath {
  /// Replaces a row by e^(x - peak), where peak is its largest entry, and returns the sum. A row
  /// with nothing above -infinity (everything masked) becomes 0; NaN spreads over its row.
  static func exponentials(_ row: UnsafeMutablePointer<Float>, _ count: Int) -> Float {
    let peak = maximum(row, count)
    if peak == -.infinity && !(0..<count).contains(where: { row[$0].isNaN }) {
      row.update(repeating: 0, count: count)
      return 0
    }
    let last = expOfNonPositive(loadLast(row, count) - peak)
    let end = count - 8
    var sum = Lanes()
    var i = 0
    while i < end {
      let v = expOfNonPositive(load(row + i) - peak)
      store(v, row + i)
      sum += v
      i &+= 8
    }
    storeLast(last, row, count)
    let rest = count - i
    return total(sum + (count < 8 ? keepingFirst(rest, of: last) : keepingLast(rest, of: last)))
  }

  /// Softmax of one row in place; all 0 where everything is masked.
  static func softmaxInPlace(_ row: UnsafeMutablePointer<Float>, _ count: Int) {
    let sum = exponentials(row, count)
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

extension Tensor {
  /// Softmax over the last axis.
  public func softmax() -> Tensor {
    let width = extent(-1)
    let rows = width == 0 ? 0 : count / width
    let result = Tensor(shape: shape) { out in
      out.update(from: pointer, count: count)
      for row in 0..<rows { VectorMath.softmaxInPlace(out + row * width, width) }
    }
    guard let node = gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      let dx = Tensor(shape: result.shape) { out in
        for row in 0..<rows {
          VectorMath.softmaxGradient(
            result.pointer + row * width, gradient.pointer + row * width, out + row * width,
            width)
        }
      }
      sink.add(dx, to: node, owned: true)
    }
  }

  /// Mean cross-entropy of rows of logits over the targets other than `ignoring`.
  /// - Parameter targets: one class for each row of `self [rows, classes]`.
  /// - Returns: `[]`; NaN where every target is ignored, as in the reference library.
  public func crossEntropy(targets: [Int], ignoring: Int = -100) -> Tensor {
    let classes = extent(-1)
    precondition(targets.count * classes == count, "\(targets.count) targets for \(shape)")
    let kept = targets.filter { $0 != ignoring }.count
    let probabilities = Tensor(shape: shape) { out in
      out.update(from: pointer, count: count)
    }
    var total = 0.0
    for (row, target) in targets.enumerated() where target != ignoring {
      precondition(target >= 0 && target < classes, "target \(target) of \(classes) classes")
      let p = probabilities.storage.pointer + row * classes
      let peak = VectorMath.maximum(p, classes)
      let shifted = p[target] - peak
      let sum = VectorMath.exponentials(p, classes)
      total += NaturalLogarithm.of(Double(sum)) - Double(shifted)
      VectorMath.scale(p, 1 / sum, classes)
    }
    let result = Tensor(Float(total / Double(kept)))
    guard let node = gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      let factor = gradient.scalar / Float(kept)
      let dx = Tensor.zeros(probabilities.shape)
      for (row, target) in targets.enumerated() where target != ignoring {
        let out = dx.storage.pointer + row * classes
        VectorMath.map(probabilities.pointer + row * classes, out, classes) { $0 * factor }
        out[target] -= factor
      }
      sink.add(dx, to: node, owned: true)
    }
  }

  /// log softmax over the last axis, without history; for scoring.
  public func logSoftmaxValues() -> Tensor {
    let width = extent(-1)
    return Tensor(shape: shape) { out in
      for row in 0..<(width == 0 ? 0 : count / width) {
        let x = pointer + row * width
        let peak = VectorMath.maximum(x, width)
        let sum = VectorMath.sum(x, width) { VectorMath.exp($0 - peak) }
        let shift = peak + Float(NaturalLogarithm.of(Double(sum)))
        VectorMath.map(x, out + row * width, width) { $0 - shift }
      }
    }
  }
}
