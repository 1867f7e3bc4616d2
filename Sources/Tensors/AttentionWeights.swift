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
    let result = Tensor(shape: shape) { out in
      let inverses = TensorStorage(uninitialized: AttentionPlan.rowBlock)
      plan.forEachBlock { b, head, rows in
        let block = out + plan.weightsOffset(b, head, rows.lowerBound)
        plan.exponentials(
          query.pointer, key.pointer, b, head, rows, into: block, inverses: inverses.pointer)
        for row in 0..<rows.count {
          VectorMath.scale(block + row * plan.keys, inverses.pointer[row], plan.keys)
        }
      }
    }
    let inputs = [query.gradientNode, key.gradientNode, bias?.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (q, k) = (query.detached(), key.detached())
    let nodes = (query.gradientNode, key.gradientNode, bias?.gradientNode)
    let biasShape = bias?.shape ?? []
    return result.recording(inputs) { gradient, sink in
      let ds = plan.scoreGradient(result, gradient)
      sink.add(plan.queryGradient(ds, k), to: nodes.0, owned: true)
      sink.add(plan.keyGradient(ds, q), to: nodes.1, owned: true)
      if nodes.2 != nil {
        let all = ds.reduced(to: [plan.batch, 1, plan.queries, plan.keys])
          .reshaped([plan.batch, plan.queries, plan.keys])
        let own = biasShape.count == 3 ? all : all.reduced(to: [1, plan.queries, plan.keys])
        sink.add(own.reshaped(biasShape), to: nodes.2, owned: true)
      }
    }
  }
}

extension AttentionPlan {
  fileprivate func weightsOffset(_ b: Int, _ head: Int, _ row: Int) -> Int {
    ((b * heads + head) * queries + row) * keys
  }

  /// dS = P (dP - rowsum(P dP)), `[batch, heads, queries, keys]`.
  fileprivate func scoreGradient(_ weights: Tensor, _ gradient: Tensor) -> Tensor {
    Tensor(shape: weights.shape) { out in
      for row in 0..<batch * heads * queries {
        VectorMath.softmaxGradient(
          weights.pointer + row * keys, gradient.pointer + row * keys, out + row * keys, keys)
      }
    }
  }

  /// scale dS K
  fileprivate func queryGradient(_ ds: Tensor, _ k: Tensor) -> Tensor {
    Tensor(shape: [batch, queries, heads, headDim]) { out in
      for b in 0..<batch {
        for head in 0..<heads {
          BLAS.multiply(
            ds.pointer + weightsOffset(b, head, 0), keys, false, k.pointer + keyOffset(b, head),
            keyStride, false, out + queryOffset(b, head, 0), queryStride,
            m: queries, n: headDim, k: keys, alpha: scale)
        }
      }
    }
  }

  /// scale dS^T Q, added up over the query heads that share a key head.
  fileprivate func keyGradient(_ ds: Tensor, _ q: Tensor) -> Tensor {
    let result = Tensor.zeros([batch, keys, keyHeads, headDim])
    for b in 0..<batch {
      for head in 0..<heads {
        BLAS.multiply(
          ds.pointer + weightsOffset(b, head, 0), keys, true,
          q.pointer + queryOffset(b, head, 0), queryStride, false,
          result.storage.pointer + keyOffset(b, head), keyStride,
          m: keys, n: headDim, k: queries, alpha: scale, beta: 1)
      }
    }
    return result
  }
}
