import Kernels

extension Tensor {
  /// The attention weights themselves as a tensor with history, for losses on attention maps.
  /// For the same rows they have the bits that the observer of ``attention`` sees.
  /// - Parameters:
  ///   - query: `[batch, queries, heads, headDim]`, the rows that are wanted
  ///   - key: `[batch, keys, keyHeads, headDim]`
  ///   - bias: `[queries, keys]` or `[batch, queries, keys]`, added to the scores; -infinity
  ///     hides a key. It gets a gradient when it has a history.
  /// - Returns: `[batch, heads, queries, keys]`; each row sums to 1.
  public static func attentionWeights(
    _ query: Tensor, _ key: Tensor, bias: Tensor? = nil, scale: Float? = nil
  ) -> Tensor {
    let mask: AttentionMask = bias.map { .additive($0.detached()) } ?? .none
    let plan = AttentionPlan(query, key, mask: mask, scale: scale)
    let shape = [plan.batch, plan.heads, plan.queries, plan.keys]
    let result = computed(shape) { plan.weights(query.storage, key.storage, into: $0) }
    let inputs = [query.gradientNode, key.gradientNode, bias?.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (q, k) = (query.detached(), key.detached())
    let nodes = (query.gradientNode, key.gradientNode, bias?.gradientNode)
    let biasShape = bias?.shape ?? []
    return result.recording(inputs) { gradient, sink in
      let ds = computed(shape) { plan.scoreGradient(result.storage, gradient.storage, into: $0) }
      let dq = computed(q.shape) { plan.queryGradient(ds.storage, k.storage, into: $0) }
      let dk = zeros(k.shape)
      plan.keyGradient(ds.storage, q.storage, addingTo: dk.storage)
      sink.add(dq, to: nodes.0, owned: true)
      sink.add(dk, to: nodes.1, owned: true)
      if nodes.2 != nil {
        let all = ds.reduced(to: [plan.batch, 1, plan.queries, plan.keys])
          .reshaped([plan.batch, plan.queries, plan.keys])
        let own = biasShape.count == 3 ? all : all.reduced(to: [1, plan.queries, plan.keys])
        sink.add(own.reshaped(biasShape), to: nodes.2, owned: true)
      }
    }
  }
}
