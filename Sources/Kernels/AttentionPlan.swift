import PortableKernels

/// Geometry of one attention call; heads are strided views of the token rows.
public struct AttentionPlan: Sendable {
  /// Which keys a query may see.
  public enum Mask: Sendable {
    case none
    /// Query `i` sees keys up to `i + keys - queries` (the last query sees everything).
    case causal
    /// Added to the scores: `[queries, keys]`, or `[batch, queries, keys]` where it is batched.
    case additive(TensorStorage, isBatched: Bool)
  }

  public let batch: Int
  public let queries: Int
  public let keys: Int
  public let heads: Int
  public let keyHeads: Int
  public let headDim: Int
  public let scale: Float
  public let mask: Mask
  /// The first of the rows of queries, and of keys and values, in their memory.
  private let firstQuery: Int
  private let firstKey: Int

  /// Rows of scores that are held at once on the way back and for weights as an output: memory
  /// grows with keys, not with queries x keys.
  public static let rowBlock = 128

  /// Rows of scores that are held at once on the way to an output: as many as stay in a near cache.
  var forwardBlock: Int { keys <= 512 ? 24 : keys <= 2048 ? 48 : 120 }

  public init(
    batch: Int, queries: Int, keys: Int, heads: Int, keyHeads: Int, headDim: Int, scale: Float,
    mask: Mask, firstQuery: Int = 0, firstKey: Int = 0
  ) {
    (self.batch, self.queries, self.keys) = (batch, queries, keys)
    (self.heads, self.keyHeads, self.headDim) = (heads, keyHeads, headDim)
    (self.scale, self.mask) = (scale, mask)
    (self.firstQuery, self.firstKey) = (firstQuery, firstKey)
  }

  /// Pages of the work: a head of a sample each, numbered sample by sample.
  public var pages: Int { batch * heads }

  /// Row strides of queries (and outputs), and of keys and values.
  var queryStride: Int { heads * headDim }
  var keyStride: Int { keyHeads * headDim }

  /// Whether the work is worth more than one thread. The blocks are the same in either case.
  public var isLarge: Bool { 4 * batch * heads * queries * keys * headDim >= 1 << 28 }

  func queryOffset(_ b: Int, _ head: Int, _ row: Int) -> Int {
    (firstQuery + b * queries + row) * queryStride + head * headDim
  }

  func keyOffset(_ b: Int, _ head: Int) -> Int {
    (firstKey + b * keys) * keyStride + head / (heads / keyHeads) * headDim
  }

  func forEachBlock(
    keys: TensorStorage,
    _ body: (
      _ batch: Int, _ head: Int, _ keyPanels: UnsafePointer<Float>, _ rows: Range<Int>
    ) -> Void
  ) {
    let memory = TensorStorage(uninitialized: keyPanelCount)
    defer { withExtendedLifetime(memory) {} }
    let panels = memory.pointer
    for b in 0..<batch {
      for head in 0..<heads {
        packKeys(keys, b, head, into: panels)
        for start in stride(from: 0, to: queries, by: AttentionPlan.rowBlock) {
          body(b, head, panels, start..<min(queries, start + AttentionPlan.rowBlock))
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
  /// - Parameter keyPanels: the transposed keys of the head, see ``packKeys(_:_:_:into:)``
  func exponentials(
    _ q: UnsafePointer<Float>, _ keyPanels: UnsafePointer<Float>, _ b: Int, _ head: Int,
    _ rows: Range<Int>, into e: UnsafeMutablePointer<Float>,
    inverses: UnsafeMutablePointer<Float>
  ) {
    MatrixProduct.multiply(
      .init(q + queryOffset(b, head, rows.lowerBound), queryStride), panels: keyPanels,
      into: .init(e, keys), m: rows.count, n: reach(rows), k: headDim, alpha: scale)
    exponentials(ofScores: e, b, rows, inverses: inverses)
  }

  /// Floats of the panels of a head's keys, and of its values as the right side of products.
  var keyPanelCount: Int { MatrixProduct.Side.packedCount(k: headDim, n: keys) }
  var valuePanelCount: Int { MatrixProduct.Side.packedCount(k: keys, n: headDim) }

  /// The transposed keys of a head as the right side of products.
  func packKeys(
    _ k: TensorStorage, _ b: Int, _ head: Int, into panels: UnsafeMutablePointer<Float>
  ) {
    MatrixProduct.Side(k.pointer + keyOffset(b, head), keyStride, isTransposed: true)
      .pack(k: headDim, n: keys, into: panels)
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
      case .additive(let bias, let isBatched):
        let page = isBatched ? b * queries * keys : 0
        VectorMath.accumulate(line, bias.pointer + page + row * keys, keys)
      }
      let sum = portable_exponentials(line, visible)
      inverses[row - rows.lowerBound] = sum == 0 ? 0 : 1 / sum
    }
  }
}
