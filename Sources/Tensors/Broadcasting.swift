import Kernels
import Ranks

extension Tensor {
  /// Sums over the axes along which `target` was repeated to get this shape.
  func reduced(to target: [Int]) -> Tensor {
    if shape == target { return self }
    let result = Tensor.zeros(target)
    Broadcast(shape, target).reduce(storage, addingTo: result.storage)
    return result
  }

  /// Repeats axes of extent 1 until the shape is `target`.
  public func broadcast(to target: [Int]) -> Tensor {
    if shape == target { return self }
    let plan = Broadcast(target, shape)
    precondition(plan.shape == target, "cannot broadcast \(shape) to \(target)")
    let result = Tensor.computed(target) { out in
      Workers.forEachBlock(of: plan.runs, width: plan.runLength) {
        plan.spread(storage, into: out, runs: $0)
      }
    }
    guard let node = gradientNode else { return result }
    let original = shape
    return result.recording([node]) { gradient, sink in
      sink.add(gradient.reduced(to: original), to: node, owned: true)
    }
  }
}
