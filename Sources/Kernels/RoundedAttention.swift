/// Attention with products of BF16 numbers and float32 sums, for large calls in
/// fast precision: queries (scaled), keys, values and the exponentials are rounded, softmax is
/// float32.
public struct RoundedAttention: Sendable {
  private let plan: AttentionPlan
  private let q: TensorStorage
  private let k: TensorStorage
  private let v: TensorStorage

  /// More rows than in float32: these products are worth calling for larger blocks only.
  private static let rowBlock = 512

  /// Queries (scaled), keys and values as BF16, in memory of ``TensorStorage/init(halves:)``.
  public init(_ plan: AttentionPlan, _ q: TensorStorage, _ k: TensorStorage, _ v: TensorStorage) {
    (self.plan, self.q, self.k, self.v) = (plan, q, k, v)
  }

  /// The outputs of one head of one sample.
  public func mix(page: Int, into out: TensorStorage, viewer: AttentionPlan.Viewer?) {
    let (b, head) = (page / plan.heads, page % plan.heads)
    mix(b, head, into: out.pointer) { e, inverses, rows in
      if let viewer { plan.show(e, inverses, rows, to: viewer) }
    }
  }

  /// - Parameter show: is shown each block's exponentials and reciprocal sums
  private func mix(
    _ b: Int, _ head: Int, into out: UnsafeMutablePointer<Float>,
    show: (_ e: UnsafePointer<Float>, _ inverses: UnsafePointer<Float>, _ rows: Range<Int>) -> Void
  ) {
    let block = min(Self.rowBlock, plan.queries)
    let e = TensorStorage(uninitialized: block * plan.keys)
    let inverses = TensorStorage(uninitialized: block)
    let rounded = TensorStorage(uninitialized: (block * plan.keys + 1) / 2)
    let halves = rounded.bytes.assumingMemoryBound(to: UInt16.self)
    let from = 2 * plan.keyOffset(b, head)
    for start in stride(from: 0, to: plan.queries, by: Self.rowBlock) {
      let rows = start..<min(plan.queries, start + Self.rowBlock)
      let (at, reach) = (plan.queryOffset(b, head, start), plan.reach(rows))
      if reach == 0 {
        for row in 0..<rows.count {
          (out + at + row * plan.queryStride).update(repeating: 0, count: plan.headDim)
          inverses.pointer[row] = 0
        }
        show(e.pointer, inverses.pointer, rows)
        continue
      }
      OneDNN.multiply(
        .init(memory: q.bytes + 2 * at, stride: plan.queryStride),
        .init(memory: k.bytes + from, stride: plan.keyStride, isTransposed: true),
        into: e.pointer, plan.keys, m: rows.count, n: reach, k: plan.headDim)
      plan.exponentials(ofScores: e.pointer, b, rows, inverses: inverses.pointer)
      show(e.pointer, inverses.pointer, rows)
      for row in 0..<rows.count {
        StoredElement.narrow(
          e.pointer + row * plan.keys, reach, into: halves + row * plan.keys)
      }
      OneDNN.multiply(
        .init(memory: halves, stride: plan.keys),
        .init(memory: v.bytes + from, stride: plan.keyStride), into: out + at, plan.queryStride,
        m: rows.count, n: plan.headDim, k: reach)
      for row in 0..<rows.count {
        VectorMath.scale(
          out + at + row * plan.queryStride, inverses.pointer[row], plan.headDim)
      }
    }
  }
}
