import COpenBLAS

/// Single-threaded matrix products on OpenBLAS. Parallelism lives above, over samples and blocks.
enum BLAS {
  /// `c = a b + beta c` with `a [m, k]`, `b [k, n]`, `c [m, n]`; `transposeA` reads `a` as
  /// `[k, m]`, `transposeB` reads `b` as `[n, k]`. Leading dimensions are row strides.
  @inline(__always)
  static func multiply(
    _ a: UnsafePointer<Float>, _ lda: Int, _ transposeA: Bool,
    _ b: UnsafePointer<Float>, _ ldb: Int, _ transposeB: Bool,
    _ c: UnsafeMutablePointer<Float>, _ ldc: Int,
    m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
  ) {
    if m == 0 || n == 0 { return }
    if k == 0 {
      if beta == 0 {
        for row in 0..<m { (c + row * ldc).update(repeating: 0, count: n) }
      }
      return
    }
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
      transposeB ? CblasTrans : CblasNoTrans, Int32(m), Int32(n), Int32(k), alpha, a, Int32(lda),
      b, Int32(ldb), beta, c, Int32(ldc))
  }
}

extension Tensor {
  /// `x W^T + b`, the linear layer.
  /// - Parameters:
  ///   - weight: `[out, in]`
  ///   - bias: `[out]`
  /// - Returns: `[..., out]` for `self [..., in]`.
  public func linear(_ weight: Tensor, _ bias: Tensor? = nil) -> Tensor {
    precondition(
      weight.rank == 2 && extent(-1) == weight.shape[1], "linear \(shape) by \(weight.shape)")
    let (out, width) = (weight.shape[0], weight.shape[1])
    let rows = shape.dropLast().reduce(1, *)
    let product = WeightProduct(rows: rows, width: width, outputs: out)
    let result = Tensor(shape: Array(shape.dropLast()) + [out]) { y in
      product.forward(pointer, weight.storage, bias: bias?.pointer, into: y)
    }
    let inputs = [gradientNode, weight.gradientNode, bias?.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (x, w) = (detached(), weight.detached())
    let (nodeX, nodeW, nodeB) = (gradientNode, weight.gradientNode, bias?.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let dy = gradient.pointer
      sink.accumulate(to: nodeX, shape: x.shape) { sum, beta in
        product.inputGradient(dy, w.storage, into: sum, beta: beta)
      }
      sink.accumulate(to: nodeW, shape: w.shape) { sum, beta in
        product.weightGradient(dy, x.pointer, into: sum, beta: beta)
      }
      sink.accumulate(to: nodeB, shape: [out]) { sum, beta in
        if beta == 0 { sum.update(repeating: 0, count: out) }
        for row in 0..<rows { VectorMath.accumulate(sum, dy + row * out, out) }
      }
    }
  }

  /// Batched matrix product `[..., m, k] x [..., k, n] -> [..., m, n]`. Leading axes must be equal
  /// or absent on the right. `transposed` reads the right side as `[..., n, k]`.
  public func matmul(_ other: Tensor, transposed: Bool = false) -> Tensor {
    precondition(rank >= 2 && other.rank >= 2, "matmul \(shape) by \(other.shape)")
    let batch = Array(shape.dropLast(2))
    let shared = other.rank == 2 && !batch.isEmpty
    precondition(
      shared || batch == Array(other.shape.dropLast(2)), "matmul \(shape) by \(other.shape)")
    let (m, k) = (extent(-2), extent(-1))
    let n = other.extent(transposed ? -2 : -1)
    precondition(k == other.extent(transposed ? -1 : -2), "matmul \(shape) by \(other.shape)")
    let batches = batch.product
    let ldb = transposed ? k : n
    let stepB = shared ? 0 : k * n
    let result = Tensor(shape: batch + [m, n]) { out in
      let (x, y) = (pointer, other.pointer)
      func product(_ i: Int) {
        BLAS.multiply(
          x + i * m * k, k, false, y + i * stepB, ldb, transposed, out + i * m * n, n,
          m: m, n: n, k: k)
      }
      if 2 * batches * m * n * k >= Workers.leastOperations {
        Workers.forEach(batches, product)
      } else {
        for i in 0..<batches { product(i) }
      }
    }
    let inputs = [gradientNode, other.gradientNode].compactMap { $0 }
    if inputs.isEmpty { return result }
    let (a, b) = (detached(), other.detached())
    let (nodeA, nodeB) = (gradientNode, other.gradientNode)
    return result.recording(inputs) { gradient, sink in
      let dy = gradient.pointer
      sink.accumulate(to: nodeA, shape: a.shape) { sum, beta in
        for i in 0..<batches {
          BLAS.multiply(
            dy + i * m * n, n, false, b.pointer + i * stepB, ldb, !transposed, sum + i * m * k, k,
            m: m, n: k, k: n, beta: beta)
        }
      }
      sink.accumulate(to: nodeB, shape: b.shape) { sum, beta in
        if shared && beta == 0 { sum.update(repeating: 0, count: k * n) }
        for i in 0..<batches {
          let x = a.pointer + i * m * k
          let g = dy + i * m * n
          let target = sum + i * stepB
          let keep: Float = shared ? 1 : beta
          if transposed {
            BLAS.multiply(g, n, true, x, k, false, target, k, m: n, n: k, k: m, beta: keep)
          } else {
            BLAS.multiply(x, k, true, g, n, false, target, n, m: k, n: n, k: m, beta: keep)
          }
        }
      }
    }
  }
}
