import Kernels
import Ranks

extension Tensor {
  /// Layer normalisation over the last axis (Ba et al., 2016).
  /// - Parameters:
  ///   - weight: `[width]`, or none for 1
  ///   - bias: `[width]`, or none for 0
  public func layerNorm(_ weight: Tensor? = nil, _ bias: Tensor? = nil, epsilon: Float) -> Tensor {
    normalisedRows(weight, bias, nil, epsilon: epsilon, centred: true)
  }

  /// Layer normalisation with a weight and a bias for each group of rows, as in adaptive norms.
  /// - Parameters:
  ///   - weight: `[groups, width]`
  ///   - bias: `[groups, width]`
  ///   - groups: rows are all axes but the last
  public func layerNorm(
    _ weight: Tensor, _ bias: Tensor, groups: RowGroups, epsilon: Float
  ) -> Tensor {
    normalisedRows(weight, bias, groups, epsilon: epsilon, centred: true)
  }

  /// Root-mean-square normalisation over the last axis (Zhang and Sennrich, 2019).
  /// - Parameter weight: `[width]`, or none for 1
  public func rmsNorm(_ weight: Tensor? = nil, epsilon: Float) -> Tensor {
    normalisedRows(weight, nil, nil, epsilon: epsilon, centred: false)
  }

  /// Each row over its standard deviation (or root mean square), times weight plus bias.
  private func normalisedRows(
    _ weight: Tensor?, _ bias: Tensor?, _ groups: RowGroups?, epsilon: Float, centred: Bool
  ) -> Tensor {
    let width = extent(-1)
    let table = groups.map { [$0.lengths.count, width] } ?? [width]
    let rows = width == 0 ? 0 : count / width
    precondition(
      (weight == nil || weight?.shape == table) && (bias == nil || bias?.shape == table)
        && (groups == nil || groups?.rows == rows),
      "norm of \(shape): weight \(weight?.shape ?? []), bias \(bias?.shape ?? []), "
        + "groups of \(groups?.lengths ?? []) rows")
    let norm = RowNormalisation(
      groups ?? RowGroups([rows]), width: width, epsilon: epsilon, centred: centred)
    let w = weight?.detached() ?? .full(table, 1)
    let b = bias?.detached() ?? .zeros(table)
    let result = Tensor.computed(shape) { out in
      Workers.forEachBlock(of: rows, width: width) {
        norm.forward(storage, w.storage, b.storage, into: out, $0)
      }
    }
    let nodes = (gradientNode, weight?.gradientNode, bias?.gradientNode)
    let inputs = [nodes.0, nodes.1, nodes.2].compactMap { $0 }
    if inputs.isEmpty { return result }
    let x = detached()
    return result.recording(inputs) { gradient, sink in
      let dx = nodes.0.map { _ in Tensor.computed(x.shape) { _ in } }
      let dw = nodes.1.map { _ in Tensor.zeros(table) }
      let db = nodes.2.map { _ in Tensor.zeros(table) }
      norm.backward(
        gradient.storage, x.storage, w.storage, into: dx?.storage, weight: dw?.storage,
        bias: db?.storage)
      for (part, node) in [(dx, nodes.0), (dw, nodes.1), (db, nodes.2)] {
        if let part { sink.add(part, to: node, owned: true) }
      }
    }
  }

  /// `self + gate other` with a gate for each group of rows.
  /// - Parameters:
  ///   - other: of this shape
  ///   - gates: `[groups, width]`
  ///   - groups: rows are all axes but the last
  public func adding(_ other: Tensor, gates: Tensor, groups: RowGroups) -> Tensor {
    let width = extent(-1)
    precondition(
      other.shape == shape && gates.shape == [groups.lengths.count, width]
        && groups.rows * width == count,
      "gated sum of \(shape) and \(other.shape): gates \(gates.shape), "
        + "groups of \(groups.lengths) rows")
    let sum = GatedSum(groups, width: width)
    let result = Tensor.computed(shape) { out in
      Workers.forEachBlock(of: groups.rows, width: width) {
        sum.forward(storage, other.storage, gates.storage, into: out, $0)
      }
    }
    let nodes = (gradientNode, other.gradientNode, gates.gradientNode)
    let inputs = [nodes.0, nodes.1, nodes.2].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (z, gate) = (other.detached(), gates.detached())
    return result.recording(inputs) { gradient, sink in
      sink.add(gradient, to: nodes.0)
      if nodes.1 == nil && nodes.2 == nil { return }
      let dgates = Tensor.zeros(gate.shape)
      let dz = Tensor.computed(z.shape) {
        sum.backward(
          gradient.storage, z.storage, gate.storage, into: $0, addingTo: dgates.storage)
      }
      sink.add(dz, to: nodes.1, owned: true)
      sink.add(dgates, to: nodes.2, owned: true)
    }
  }
}
