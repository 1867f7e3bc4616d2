import Kernels
import Ranks

extension Tensor {
  /// Group normalisation (Wu and He, 2018) of `[batch, channels, ...]`.
  /// - Parameters:
  ///   - weight: `[channels]`, or none for 1
  ///   - bias: `[channels]`, or none for 0
  public func groupNorm(groups: Int, _ weight: Tensor?, _ bias: Tensor?, epsilon: Float) -> Tensor {
    precondition(rank >= 2 && groups > 0 && shape[1] % groups == 0, "\(groups) groups of \(shape)")
    let channels = shape[1]
    precondition(
      (weight == nil || weight?.shape == [channels]) && (bias == nil || bias?.shape == [channels]),
      "groupNorm of \(shape): weight \(weight?.shape ?? []), bias \(bias?.shape ?? [])")
    let norm = GroupNormalisation(
      groups: shape[0] * groups, channels: channels, channelsPerGroup: channels / groups,
      plane: shape[2...].reduce(1, *), epsilon: epsilon)
    let w = weight?.detached() ?? .full([channels], 1)
    let b = bias?.detached() ?? .zeros([channels])
    let result = Tensor.computed(shape) { out in
      Workers.forEachBlock(of: norm.groups, width: norm.groupCount) {
        norm.forward(storage, w.storage, b.storage, into: out, $0)
      }
    }
    let nodes = (gradientNode, weight?.gradientNode, bias?.gradientNode)
    let inputs = [nodes.0, nodes.1, nodes.2].compactMap { $0 }
    if inputs.isEmpty { return result }
    let x = detached()
    return result.recording(inputs) { gradient, sink in
      let (dw, db) = (Tensor.zeros([channels]), Tensor.zeros([channels]))
      let dx = Tensor.computed(x.shape) {
        norm.backward(
          gradient.storage, x.storage, w.storage, into: $0, addingTo: dw.storage, db.storage)
      }
      sink.add(dx, to: nodes.0, owned: true)
      sink.add(dw, to: nodes.1, owned: true)
      sink.add(db, to: nodes.2, owned: true)
    }
  }
}
