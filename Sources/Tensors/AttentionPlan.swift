/// Which keys a query may see.
public enum AttentionMask: Sendable {
  case none
  /// Query `i` sees keys up to `i + keys - queries` (the last query sees everything).
  case causal
  /// Added to the scores: `[queries, keys]` or `[batch, queries, keys]`; -infinity hides a key.
  case additive(Tensor)
}

/// Geometry of one attention call; heads are strided views of the token rows.
struct AttentionPlan: Sendable {
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

  init(_ query: Tensor, _ key: Tensor, mask: AttentionMask, scale: Float?) {
    precondition(
      query.rank == 4 && key.rank == 4 && query.shape[0] == key.shape[0]
        && query.shape[3] == key.shape[3] && query.shape[2] % max(key.shape[2], 1) == 0,
      "attention: queries \(query.shape), keys \(key.shape)")
    batch = query.shape[0]
    queries = query.shape[1]
    keys = key.shape[1]
    heads = query.shape[2]
    keyHeads = key.shape[2]
    headDim = query.shape[3]
    self.scale = scale ?? 1 / Float(headDim).squareRoot()
    self.mask = mask
    if case .additive(let bias) = mask {
      precondition(
        bias.shape == [queries, keys] || bias.shape == [batch, queries, keys],
        "attention: mask \(bias.shape) for queries \(query.shape), keys \(key.shape)")
    }
  }

  /// Row strides of queries (and outputs), and of keys and values.
  var queryStride: Int { heads * headDim }
  var keyStride: Int { keyHeads * headDim }
  /// Elements of the largest block of scores.
  var blockCount: Int { min(AttentionPlan.rowBlock, queries) * keys }

  /// Whether the work is worth more than one thread. The blocks are the same in either case.
  var isLarge: Bool { 4 * batch * heads * queries * keys * headDim >= 1 << 28 }

  func queryOffset(_ b: Int, _ head: Int, _ row: Int) -> Int {
    (b * queries + row) * queryStride + head * headDim
  }

  func keyOffset(_ b: Int, _ head: Int) -> Int {
    b * keys * keyStride + head / (heads / keyHeads) * headDim
  }

  func forEachBlock(_ body: (_ batch: Int, _ head: Int, _ rows: Range<Int>) -> Void) {
    for b in 0..<batch {
      for head in 0..<heads {
        for start in stride(from: 0, to: queries, by: AttentionPlan.rowBlock) {
          body(b, head, start..<min(queries, start + AttentionPlan.rowBlock))
        }
      }
    }
  }

  /// Keys that any of `rows` may see: the columns that a block has to compute.
  func reach(_ rows: Range<Int>) -> Int {
    guard case .causal = mask else { return keys }
    return max(0, min(keys, rows.upperBound + keys - queries))
  }

  /// Softmax of a block of rows without its division: `e [rows, keys]` gets e^(score - peak) in
  /// its first `reach(rows)` columns and `inverses [rows]` the reciprocal of each row's sum, 0
  /// where everything is hidden.
  func exponentials(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ b: Int, _ head: Int,
    _ rows: Range<Int>, into e: UnsafeMutablePointer<Float>,
    inverses: UnsafeMutablePointer<Float>
  ) {
    BLAS.multiply(
      q + queryOffset(b, head, rows.lowerBound), queryStride, false, k + keyOffset(b, head),
      keyStride, true, e, keys, m: rows.count, n: reach(rows), k: headDim, alpha: scale)
    exponentials(ofScores: e, b, rows, inverses: inverses)
  }

  /// The same from scores `e [rows, keys]`, in place.
  func exponentials(
    ofScores e: UnsafeMutablePointer<Float>, _ b: Int, _ rows: Range<Int>,
    inverses: UnsafeMutablePointer<Float>
  ) {
    let reach = reach(rows)
    for row in rows {
      let line = e + (row - rows.lowerBound) * keys
      var visible = reach
      switch mask {
      case .none: break
      case .causal:
        visible = max(0, min(keys, row + 1 + keys - queries))
        (line + visible).update(repeating: 0, count: reach - visible)
      case .additive(let bias):
        let page = bias.rank == 3 ? b * queries * keys : 0
        VectorMath.accumulate(line, bias.pointer + page + row * keys, keys)
      }
      let sum = VectorMath.exponentials(line, visible)
      inverses[row - rows.lowerBound] = sum == 0 ? 0 : 1 / sum
    }
  }
}
