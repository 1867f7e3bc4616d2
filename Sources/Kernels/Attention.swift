extension AttentionPlan {
  /// Called with the weights of a block of query rows of a page after softmax:
  /// `[rows.count, keys]`, valid during the call only. Seeing them changes no bit of the output.
  public typealias Viewer = (_ rows: Range<Int>, _ weights: Span<Float>) -> Void

  /// The output of some pages, in blocks of query rows.
  /// - Parameters:
  ///   - kept: gets the exponentials for the way back
  ///   - viewer: of the weights of each page
  public func mix(
    _ q: TensorStorage, _ k: TensorStorage, _ v: TensorStorage, pages: Range<Int>,
    into out: TensorStorage, keeping kept: KeptExponentials? = nil,
    viewer: (_ page: Int) -> Viewer?
  ) {
    let block = max(1, min(forwardBlock, queries))
    let memory = TensorStorage(
      uninitialized: block * (keys + 1) + keyPanelCount + valuePanelCount)
    defer { withExtendedLifetime(memory) {} }
    let keyPanels = memory.pointer
    let valuePanels = keyPanels + keyPanelCount
    let scratch = valuePanels + valuePanelCount
    for page in pages {
      let (b, head) = (page / heads, page % heads)
      packKeys(k, b, head, into: keyPanels)
      MatrixProduct.Side(v.pointer + keyOffset(b, head), keyStride)
        .pack(k: keys, n: headDim, into: valuePanels)
      let viewer = viewer(page)
      for start in stride(from: 0, to: queries, by: block) {
        let rows = start..<min(queries, start + block)
        let (e, inverses) =
          kept.map { $0.block(page * queries + start) } ?? (scratch, scratch + block * keys)
        exponentials(q.pointer, keyPanels, b, head, rows, into: e, inverses: inverses)
        // A block on the way back may reach further.
        let reach = reach(rows)
        if kept != nil && reach < keys {
          for row in 0..<rows.count {
            (e + row * keys + reach).update(repeating: 0, count: keys - reach)
          }
        }
        let to = out.pointer + queryOffset(b, head, start)
        MatrixProduct.multiply(
          .init(e, keys), panels: valuePanels, depth: keys, into: .init(to, queryStride),
          m: rows.count, n: headDim, k: reach)
        for row in 0..<rows.count {
          VectorMath.scale(to + row * queryStride, inverses[row], headDim)
        }
        if let viewer { show(e, inverses, rows, to: viewer) }
      }
    }
  }

  /// Hands a copy of the divided weights to `viewer`.
  func show(
    _ e: UnsafePointer<Float>, _ inverses: UnsafePointer<Float>, _ rows: Range<Int>,
    to viewer: Viewer
  ) {
    let reach = reach(rows)
    let weights = TensorStorage(uninitialized: rows.count * keys)
    for row in 0..<rows.count {
      let inverse = inverses[row]
      let line = weights.pointer + row * keys
      VectorMath.map(e + row * keys, line, reach) { $0 * inverse }
      (line + reach).update(repeating: 0, count: keys - reach)
    }
    weights.withSpan { viewer(rows, $0) }
  }
}
