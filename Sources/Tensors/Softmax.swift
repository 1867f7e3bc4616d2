import Kernels

extension Tensor {
  /// Softmax over the last axis.
  public func softmax() -> Tensor {
    let width = extent(-1)
    let rows = width == 0 ? 0 : count / width
    let softmax = SoftmaxRows(rows: rows, width: width)
    let result = Tensor.computed(shape) { softmax.forward(storage, into: $0) }
    guard let node = gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.computed(result.shape) {
        softmax.backward(result.storage, gradient.storage, into: $0)
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
    let wanted = targets.map { $0 == ignoring ? nil : $0 }
    for case let target? in wanted {
      precondition(target >= 0 && target < classes, "target \(target) of \(classes) classes")
    }
    let kept = wanted.count { $0 != nil }
    let softmax = SoftmaxRows(rows: targets.count, width: classes)
    var total = 0.0
    let probabilities = Tensor.computed(shape) {
      total = softmax.crossEntropy(storage, targets: wanted, probabilities: $0)
    }
    let result = Tensor(Float(total / Double(kept)))
    guard let node = gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.zeros(probabilities.shape)
      softmax.crossEntropyGradient(
        probabilities.storage, targets: wanted, factor: gradient.scalar / Float(kept),
        into: dx.storage)
      sink.add(dx, to: node, owned: true)
    }
  }

  /// log softmax over the last axis, without history; for scoring.
  public func logSoftmaxValues() -> Tensor {
    let width = extent(-1)
    let rows = SoftmaxRows(rows: width == 0 ? 0 : count / width, width: width)
    return .computed(shape) { rows.logarithms(storage, into: $0) }
  }
}
