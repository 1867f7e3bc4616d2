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
