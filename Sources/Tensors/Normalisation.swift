import Kernels
import Ranks

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
    let result = Tensor.computed(shape) { out in
      Workers.forEachBlock(of: rows.rows, width: width) {
        rows.forward(storage, w.storage, b.storage, into: out, $0)
      }
    }
    let nodes = (gradientNode, weight?.gradientNode, bias?.gradientNode)
    let inputs = [nodes.0, nodes.1, nodes.2].compactMap { $0 }
    if inputs.isEmpty { return result }
    let x = detached()
    return result.recording(inputs) { gradient, sink in
      let dy = gradient.storage
      if nodes.0 != nil {
        let dx = Tensor.computed(x.shape) {
          rows.inputGradient(dy, x.storage, w.storage, into: $0)
        }
        sink.add(dx, to: nodes.0, owned: true)
      }
      sink.accumulate(to: nodes.1, shape: [width]) { sum, beta in
        if beta == 0 { sum.fill(0) }
        rows.weightGradient(dy, x.storage, addingTo: sum)
      }
      sink.accumulate(to: nodes.2, shape: [width]) { sum, beta in
        if beta == 0 { sum.fill(0) }
        rows.biasGradient(dy, addingTo: sum)
      }
    }
  }
}
