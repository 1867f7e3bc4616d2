/// The exponentials of an attention call with the reciprocals of their row sums, kept for the way
/// back where they are small. The bits are those that the way back would compute again.
public struct KeptExponentials: Sendable {
  private let keys: Int
  private let exponentials: TensorStorage  // [pages, queries, keys]
  private let inverses: TensorStorage  // [pages, queries]

  /// Nil where computing again costs less than the memory.
  public init?(_ plan: AttentionPlan) {
    let rows = plan.pages * plan.queries
    guard rows * plan.keys <= 1 << 18, !plan.isLarge else { return nil }
    keys = plan.keys
    exponentials = TensorStorage(uninitialized: rows * plan.keys)
    inverses = TensorStorage(uninitialized: rows)
  }

  /// The memory from a row on.
  func block(
    _ row: Int
  ) -> (exponentials: UnsafeMutablePointer<Float>, inverses: UnsafeMutablePointer<Float>) {
    (exponentials.pointer + row * keys, inverses.pointer + row)
  }
}

extension AttentionPlan {
  /// With E the exponentials, s their row sums and g = dO / s:
  /// dV += E^T g; dS = E (g V^T - rowsum(g O)); dQ = scale dS K; dK += scale dS^T Q.
  /// - Parameters:
  ///   - kept: the exponentials of the way there, if they were kept
  ///   - dk: 0 before, like `dv`
  public func backward(
    _ q: TensorStorage, _ k: TensorStorage, _ v: TensorStorage, output: TensorStorage,
    gradient: TensorStorage, kept: KeptExponentials?, dq: TensorStorage, dk: TensorStorage,
    dv: TensorStorage
  ) {
    let block = min(AttentionPlan.rowBlock, queries)
    let memory = TensorStorage(
      uninitialized: 2 * keyPanelCount + valuePanelCount + block * (2 * keys + headDim + 1))
    defer { withExtendedLifetime(memory) {} }
    let keyPanels = memory.pointer
    let valuePanels = keyPanels + keyPanelCount
    let keyRowPanels = valuePanels + keyPanelCount
    let ds = keyRowPanels + valuePanelCount
    let g = ds + block * keys
    let scratch = g + block * headDim
    for page in 0..<pages {
      let (b, head) = (page / heads, page % heads)
      let from = keyOffset(b, head)
      if kept == nil { packKeys(k, b, head, into: keyPanels) }
      packKeys(v, b, head, into: valuePanels)
      MatrixProduct.Side(k.pointer + from, keyStride).pack(k: keys, n: headDim, into: keyRowPanels)
      for start in stride(from: 0, to: queries, by: AttentionPlan.rowBlock) {
        let rows = start..<min(queries, start + AttentionPlan.rowBlock)
        let at = queryOffset(b, head, start)
        let (e, inverses) =
          kept.map { $0.block(page * queries + start) } ?? (scratch, scratch + block * keys)
        if kept == nil {
          exponentials(q.pointer, keyPanels, b, head, rows, into: e, inverses: inverses)
        }
        let reach = reach(rows)
        for row in 0..<rows.count {
          let inverse = inverses[row]
          VectorMath.map(gradient.pointer + at + row * queryStride, g + row * headDim, headDim) {
            $0 * inverse
          }
        }
        MatrixProduct.multiply(
          .init(e, keys, isTransposed: true), .init(g, headDim),
          into: .init(dv.pointer + from, keyStride, base: .itself),
          m: reach, n: headDim, k: rows.count)
        MatrixProduct.multiply(
          .init(g, headDim), panels: valuePanels, into: .init(ds, keys), m: rows.count, n: reach,
          k: headDim)
        for row in 0..<rows.count {
          let along = VectorMath.dot(
            g + row * headDim, output.pointer + at + row * queryStride, headDim)
          VectorMath.map(e + row * keys, ds + row * keys, ds + row * keys, reach) {
            $0 * ($1 - along)
          }
        }
        MatrixProduct.multiply(
          .init(ds, keys), panels: keyRowPanels, depth: keys,
          into: .init(dq.pointer + at, queryStride), m: rows.count, n: headDim, k: reach,
          alpha: scale)
        MatrixProduct.multiply(
          .init(ds, keys, isTransposed: true), .init(q.pointer + at, queryStride),
          into: .init(dk.pointer + from, keyStride, base: .itself),
          m: reach, n: headDim, k: rows.count, alpha: scale)
      }
    }
  }
}
