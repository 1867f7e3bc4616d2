/// Called with the weights of a block of query rows after softmax: `[rows.count, keys]`,
/// row-major, valid during the call only. Seeing them changes no bit of the output.
public typealias AttentionObserver = (
  _ batch: Int, _ head: Int, _ rows: Range<Int>, _ weights: UnsafePointer<Float>, _ keys: Int
) -> Void

extension Tensor {
  /// Scaled dot-product attention, `softmax(Q K^T scale + mask) V`, in blocks of query rows.
  ///
  /// Groups of query heads share a key head when there are fewer of those (Ainslie et al., 2023).
  /// The division of softmax is applied to the outputs, not to the weights. Going backwards
  /// recomputes the weights from the same bits instead of keeping them.
  /// - Parameters:
  ///   - query: `[batch, queries, heads, headDim]`
  ///   - key: `[batch, keys, keyHeads, headDim]`
  ///   - value: `[batch, keys, keyHeads, headDim]`
  ///   - scale: 1 / sqrt(headDim) when nil
  /// - Returns: `[batch, queries, heads, headDim]`
  public static func attention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: AttentionMask = .none,
    scale: Float? = nil, observer: AttentionObserver? = nil
  ) -> Tensor {
    let plan = AttentionPlan(query, key, mask: mask, scale: scale)
    precondition(key.shape == value.shape, "attention: keys \(key.shape), values \(value.shape)")
    let result = Tensor(shape: query.shape) { out in
      plan.mix(query.pointer, key.pointer, value.pointer, into: out, observer: observer)
    }
    let inputs = [query, key, value].compactMap(\.gradientNode)
    if inputs.isEmpty { return result }
    let (q, k, v) = (query.detached(), key.detached(), value.detached())
    let nodes = (query.gradientNode, key.gradientNode, value.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let (dq, dk, dv) = plan.backward(q, k, v, result, gradient)
      sink.add(dq, to: nodes.0, owned: true)
      sink.add(dk, to: nodes.1, owned: true)
      sink.add(dv, to: nodes.2, owned: true)
    }
  }
}

extension AttentionPlan {
  /// Large calls spread their heads over the threads, unless an observer wants them in order.
  fileprivate func mix(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>,
    into out: UnsafeMutablePointer<Float>, observer: AttentionObserver?
  ) {
    if isLarge, Precision.current == .fast, OneDNN.bfloat16Instructions != nil {
      let rounded = RoundedAttention(self, q, k, v)
      return forEachPage(inOrder: observer != nil) { b, head in
        rounded.mix(b, head, into: out) { e, inverses, rows in
          if let observer { show(e, inverses, b, head, rows, to: observer) }
        }
      }
    }
    forEachPage(inOrder: observer != nil || !isLarge) { b, head in
      let (e, inverses) = scratch()
      for start in stride(from: 0, to: queries, by: AttentionPlan.rowBlock) {
        let rows = start..<min(queries, start + AttentionPlan.rowBlock)
        mix(q, k, v, b, head, rows, e, inverses, into: out)
        if let observer { show(e.pointer, inverses.pointer, b, head, rows, to: observer) }
      }
    }
  }

  private func forEachPage(inOrder: Bool, _ body: (_ batch: Int, _ head: Int) -> Void) {
    if inOrder {
      for page in 0..<batch * heads { body(page / heads, page % heads) }
    } else {
      Workers.forEach(batch * heads) { body($0 / heads, $0 % heads) }
    }
  }

  private func scratch() -> (exponentials: TensorStorage, inverses: TensorStorage) {
    (
      TensorStorage(uninitialized: blockCount),
      TensorStorage(uninitialized: AttentionPlan.rowBlock)
    )
  }

  /// The output of one block of rows of one head.
  private func mix(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>, _ b: Int,
    _ head: Int, _ rows: Range<Int>, _ e: TensorStorage, _ inverses: TensorStorage,
    into out: UnsafeMutablePointer<Float>
  ) {
    exponentials(q, k, b, head, rows, into: e.pointer, inverses: inverses.pointer)
    let to = out + queryOffset(b, head, rows.lowerBound)
    BLAS.multiply(
      e.pointer, keys, false, v + keyOffset(b, head), keyStride, false, to, queryStride,
      m: rows.count, n: headDim, k: reach(rows))
    for row in 0..<rows.count {
      VectorMath.scale(to + row * queryStride, inverses.pointer[row], headDim)
    }
  }

  /// Hands a copy of the divided weights to `observer`.
  fileprivate func show(
    _ e: UnsafePointer<Float>, _ inverses: UnsafePointer<Float>, _ b: Int, _ head: Int,
    _ rows: Range<Int>, to observer: AttentionObserver
  ) {
    let reach = reach(rows)
    let weights = TensorStorage(uninitialized: rows.count * keys)
    for row in 0..<rows.count {
      let inverse = inverses[row]
      let line = weights.pointer + row * keys
      VectorMath.map(e + row * keys, line, reach) { $0 * inverse }
      (line + reach).update(repeating: 0, count: keys - reach)
    }
    observer(b, head, rows, weights.pointer, keys)
  }

  /// With E the exponentials, s their row sums and g = dO / s:
  /// dV += E^T g; dS = E (g V^T - rowsum(g O)); dQ = scale dS K; dK += scale dS^T Q.
  fileprivate func backward(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, _ output: Tensor, _ gradient: Tensor
  ) -> (Tensor, Tensor, Tensor) {
    let (dq, dk, dv) = (Tensor.zeros(q.shape), Tensor.zeros(k.shape), Tensor.zeros(v.shape))
    let exponentials = TensorStorage(uninitialized: blockCount)
    let scores = TensorStorage(uninitialized: blockCount)
    let inverses = TensorStorage(uninitialized: AttentionPlan.rowBlock)
    let scaled = TensorStorage(uninitialized: AttentionPlan.rowBlock * headDim)
    let (e, ds, g) = (exponentials.pointer, scores.pointer, scaled.pointer)
    forEachBlock { b, head, rows in
      let at = queryOffset(b, head, rows.lowerBound)
      let from = keyOffset(b, head)
      let reach = reach(rows)
      self.exponentials(
        q.pointer, k.pointer, b, head, rows, into: e, inverses: inverses.pointer)
      for row in 0..<rows.count {
        let inverse = inverses.pointer[row]
        VectorMath.map(
          gradient.pointer + at + row * queryStride, g + row * headDim, headDim
        ) { $0 * inverse }
      }
      BLAS.multiply(
        e, keys, true, g, headDim, false, dv.storage.pointer + from, keyStride,
        m: reach, n: headDim, k: rows.count, beta: 1)
      BLAS.multiply(
        g, headDim, false, v.pointer + from, keyStride, true, ds, keys,
        m: rows.count, n: reach, k: headDim)
      for row in 0..<rows.count {
        let along = VectorMath.dot(
          g + row * headDim, output.pointer + at + row * queryStride, headDim)
        VectorMath.map(e + row * keys, ds + row * keys, ds + row * keys, reach) {
          $0 * ($1 - along)
        }
      }
      BLAS.multiply(
        ds, keys, false, k.pointer + from, keyStride, false, dq.storage.pointer + at, queryStride,
        m: rows.count, n: headDim, k: reach, alpha: scale)
      BLAS.multiply(
        ds, keys, true, q.pointer + at, queryStride, false, dk.storage.pointer + from, keyStride,
        m: reach, n: headDim, k: rows.count, alpha: scale, beta: 1)
    }
    return (dq, dk, dv)
  }
}
