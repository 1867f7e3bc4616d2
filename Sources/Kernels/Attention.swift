extension AttentionPlan {
  /// Called with the weights of a block of query rows of a page after softmax:
  /// `[rows.count, keys]`, valid during the call only. Seeing them changes no bit of the output.
  public typealias Viewer = (_ rows: Range<Int>, _ weights: Span<Float>) -> Void

  /// The output of one page, in blocks of query rows.
  public func mix(
    _ q: TensorStorage, _ k: TensorStorage, _ v: TensorStorage, page: Int,
    into out: TensorStorage, viewer: Viewer?
  ) {
    let (b, head) = (page / heads, page % heads)
    let exponentials = TensorStorage(uninitialized: blockCount)
    let sums = TensorStorage(uninitialized: AttentionPlan.rowBlock)
    let (e, inverses) = (exponentials.pointer, sums.pointer)
    for start in stride(from: 0, to: queries, by: AttentionPlan.rowBlock) {
      let rows = start..<min(queries, start + AttentionPlan.rowBlock)
      mix(q.pointer, k.pointer, v.pointer, b, head, rows, e, inverses, into: out.pointer)
      if let viewer { show(e, inverses, rows, to: viewer) }
    }
  }

  /// The output of one block of rows of one head.
  private func mix(
    _ q: UnsafePointer<Float>, _ k: UnsafePointer<Float>, _ v: UnsafePointer<Float>, _ b: Int,
    _ head: Int, _ rows: Range<Int>, _ e: UnsafeMutablePointer<Float>,
    _ inverses: UnsafeMutablePointer<Float>, into out: UnsafeMutablePointer<Float>
  ) {
    exponentials(q, k, b, head, rows, into: e, inverses: inverses)
    let to = out + queryOffset(b, head, rows.lowerBound)
    BLAS.multiply(
      e, keys, false, v + keyOffset(b, head), keyStride, false, to, queryStride,
      m: rows.count, n: headDim, k: reach(rows))
    for row in 0..<rows.count {
      VectorMath.scale(to + row * queryStride, inverses[row], headDim)
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

  /// With E the exponentials, s their row sums and g = dO / s:
  /// dV += E^T g; dS = E (g V^T - rowsum(g O)); dQ = scale dS K; dK += scale dS^T Q.
  /// - Parameters:
  ///   - dq: 0 before, like `dk` and `dv`
  public func backward(
    _ q: TensorStorage, _ k: TensorStorage, _ v: TensorStorage, output: TensorStorage,
    gradient: TensorStorage, dq: TensorStorage, dk: TensorStorage, dv: TensorStorage
  ) {
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
        e, keys, true, g, headDim, false, dv.pointer + from, keyStride,
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
        ds, keys, false, k.pointer + from, keyStride, false, dq.pointer + at, queryStride,
        m: rows.count, n: headDim, k: reach, alpha: scale)
      BLAS.multiply(
        ds, keys, true, q.pointer + at, queryStride, false, dk.pointer + from, keyStride,
        m: reach, n: headDim, k: rows.count, alpha: scale, beta: 1)
    }
  }
}
