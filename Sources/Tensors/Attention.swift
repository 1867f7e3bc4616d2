import COpenBLAS

/// Which keys a query may see.
public enum AttentionMask: Sendable {
  case none
  /// Query `i` sees keys up to `i + keys - queries` (the last query sees everything).
  case causal
  /// Added to the scores: `[queries, keys]` or `[batch, queries, keys]`; -infinity hides a key.
  case additive(Tensor)
}

/// Called with the weights of a block of query rows after softmax: `[rows.count, keys]`,
/// row-major, valid during the call only. Seeing them changes no bit of the output.
public typealias AttentionObserver = (
  _ batch: Int, _ head: Int, _ rows: Range<Int>, _ weights: UnsafePointer<Float>, _ keys: Int
) -> Void

/// Geometry of one attention call; heads are strided views of the token rows.
private struct AttentionPlan {
  let batch: Int
  let queries: Int
  let keys: Int
  let heads: Int
  let keyHeads: Int
  let headDim: Int
  let scale: Float
  let mask: AttentionMask

  /// Rows of scores that are held at once: memory grows with keys, not with queries x keys.
  static let rowBlock = 128

  var queryStride: Int { heads * headDim }
  var keyStride: Int { keyHeads * headDim }

  func queryOffset(_ b: Int, _ head: Int, _ row: Int) -> Int {
    (b * queries + row) * queryStride + head * headDim
  }

  func keyOffset(_ b: Int, _ head: Int) -> Int {
    b * keys * keyStride + head / (heads / keyHeads) * headDim
  }

  func forEachBlock(_ body: (_ batch: Int, _ head: Int, _ rows: Range<Int>) -> Void) {
    for b in 0..<batch {
      for head in 0..<heads {
        for start in stride(from: 0, to: queries, by: Self.rowBlock) {
          body(b, head, start..<min(queries, start + Self.rowBlock))
        }
      }
    }
  }

  /// Weights of a block of rows after softmax, into `weights [rows, keys]`.
  func weights(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ b: Int, _ head: Int,
    _ rows: Range<Int>, into weights: UnsafeMutablePointer<Float>
  ) {
    BLAS.multiply(
      q + queryOffset(b, head, rows.lowerBound), queryStride, false, k + keyOffset(b, head),
      keyStride, true, weights, keys, m: rows.count, n: keys, k: headDim, alpha: scale)
    for row in rows {
      let p = weights + (row - rows.lowerBound) * keys
      switch mask {
      case .none: VectorMath.softmaxInPlace(p, keys)
      case .causal:
        let visible = max(0, min(keys, row + 1 + keys - queries))
        VectorMath.softmaxInPlace(p, visible)
        (p + visible).update(repeating: 0, count: keys - visible)
      case .additive(let bias):
        let page = bias.rank == 3 ? b * queries * keys : 0
        VectorMath.accumulate(p, bias.pointer + page + row * keys, keys)
        VectorMath.softmaxInPlace(p, keys)
      }
    }
  }
}

extension Tensor {
  /// Scaled dot-product attention, `softmax(Q K^T scale + mask) V`, in blocks of query rows.
  ///
  /// Groups of query heads share a key head when there are fewer of those (Ainslie et al., 2023).
  /// Going backwards recomputes the weights from the same bits instead of keeping them.
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
    let plan = attentionPlan(query, key, mask: mask, scale: scale)
    precondition(key.shape == value.shape, "attention: keys \(key.shape), values \(value.shape)")
    let keys = plan.keys
    let result = Tensor(shape: query.shape) { out in
      let weights = TensorStorage(
        uninitialized: min(AttentionPlan.rowBlock, max(plan.queries, 1)) * keys)
      plan.forEachBlock { b, head, rows in
        plan.weights(query.pointer, key.pointer, b, head, rows, into: weights.pointer)
        observer?(b, head, rows, weights.pointer, keys)
        BLAS.multiply(
          weights.pointer, keys, false, value.pointer + plan.keyOffset(b, head), plan.keyStride,
          false, out + plan.queryOffset(b, head, rows.lowerBound), plan.queryStride,
          m: rows.count, n: plan.headDim, k: keys)
      }
    }
    let inputs = [query, key, value].compactMap(\.gradientNode)
    if inputs.isEmpty { return result }
    let (q, k, v) = (query.detached(), key.detached(), value.detached())
    let nodes = (query.gradientNode, key.gradientNode, value.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let (dq, dk, dv) = attentionBackward(plan, q, k, v, result, gradient)
      sink.add(dq, to: nodes.0, owned: true)
      sink.add(dk, to: nodes.1, owned: true)
      sink.add(dv, to: nodes.2, owned: true)
    }
  }

  private static func attentionPlan(
    _ query: Tensor, _ key: Tensor, mask: AttentionMask, scale: Float?
  ) -> AttentionPlan {
    precondition(
      query.rank == 4 && key.rank == 4 && query.shape[0] == key.shape[0]
        && query.shape[3] == key.shape[3] && query.shape[2] % max(key.shape[2], 1) == 0,
      "attention: queries \(query.shape), keys \(key.shape)")
    return AttentionPlan(
      batch: query.shape[0], queries: query.shape[1], keys: key.shape[1], heads: query.shape[2],
      keyHeads: key.shape[2], headDim: query.shape[3],
      scale: scale ?? 1 / Float(query.shape[3]).squareRoot(), mask: mask)
  }

  /// dV += P^T dO; dP = dO V^T; dS = P (dP - rowsum(dO O)); dQ = scale dS K; dK += scale dS^T Q.
  private static func attentionBackward(
    _ plan: AttentionPlan, _ q: Tensor, _ k: Tensor, _ v: Tensor, _ output: Tensor,
    _ gradient: Tensor
  ) -> (Tensor, Tensor, Tensor) {
    let (dq, dk, dv) = (Tensor.zeros(q.shape), Tensor.zeros(k.shape), Tensor.zeros(v.shape))
    let (keys, headDim) = (plan.keys, plan.headDim)
    let block = min(AttentionPlan.rowBlock, max(plan.queries, 1)) * keys
    let weights = TensorStorage(uninitialized: block)
    let scores = TensorStorage(uninitialized: block)
    let (qStride, kStride) = (plan.queryStride, plan.keyStride)
    plan.forEachBlock { b, head, rows in
      let at = plan.queryOffset(b, head, rows.lowerBound)
      let from = plan.keyOffset(b, head)
      let p = weights.pointer
      let ds = scores.pointer
      plan.weights(q.pointer, k.pointer, b, head, rows, into: p)
      let dOut = gradient.pointer + at
      BLAS.multiply(
        p, keys, true, dOut, qStride, false, dv.storage.pointer + from, kStride,
        m: keys, n: headDim, k: rows.count, beta: 1)
      BLAS.multiply(
        dOut, qStride, false, v.pointer + from, kStride, true, ds, keys,
        m: rows.count, n: keys, k: headDim)
      for row in 0..<rows.count {
        let along = VectorMath.dot(
          dOut + row * qStride, output.pointer + at + row * qStride, headDim)
        VectorMath.map(p + row * keys, ds + row * keys, ds + row * keys, keys) {
          $0 * ($1 - along)
        }
      }
      BLAS.multiply(
        ds, keys, false, k.pointer + from, kStride, false, dq.storage.pointer + at, qStride,
        m: rows.count, n: headDim, k: keys, alpha: plan.scale)
      BLAS.multiply(
        ds, keys, true, q.pointer + at, qStride, false, dk.storage.pointer + from, kStride,
        m: keys, n: headDim, k: rows.count, alpha: plan.scale, beta: 1)
    }
    return (dq, dk, dv)
  }

  /// The attention weights themselves as a tensor with history, for losses on attention maps.
  /// - Parameters:
  ///   - query: `[batch, queries, heads, headDim]`, the rows that are wanted
  ///   - key: `[batch, keys, keyHeads, headDim]`
  ///   - bias: `[queries, keys]`, added to the scores; -infinity hides a key
  /// - Returns: `[batch, heads, queries, keys]`; each row sums to 1.
  public static func attentionWeights(
    _ query: Tensor, _ key: Tensor, bias: Tensor? = nil, scale: Float? = nil
  ) -> Tensor {
    let factor = scale ?? 1 / Float(query.extent(-1)).squareRoot()
    let group = query.shape[2] / key.shape[2]
    let q = query.permuted([0, 2, 1, 3])
    var k = key.permuted([0, 2, 1, 3])
    if group > 1 {
      let (b, h, s, d) = (k.shape[0], k.shape[1], k.shape[2], k.shape[3])
      k = k.reshaped([b, h, 1, s, d]).broadcast(to: [b, h, group, s, d])
        .reshaped([b, h * group, s, d])
    }
    var scores = q.matmul(k, transposed: true) * factor
    if let bias { scores = scores + bias }
    return scores.softmax()
  }
}
