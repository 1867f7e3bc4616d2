/// Geometry of a batched matrix product `[batches, m, k] x [batches, k, n] -> [batches, m, n]`, and
/// the products of its gradients.
public struct BatchedProduct: Sendable {
  public let batches: Int
  public let m: Int
  public let n: Int
  public let k: Int
  /// Whether the right side is stored as `[n, k]`.
  public let isTransposed: Bool
  /// Whether all batches meet the same right side.
  public let isShared: Bool

  public init(batches: Int, m: Int, n: Int, k: Int, isTransposed: Bool, isShared: Bool) {
    (self.batches, self.m, self.n, self.k) = (batches, m, n, k)
    (self.isTransposed, self.isShared) = (isTransposed, isShared)
  }

  /// Floating-point operations of each of the products.
  public var operations: Int { 2 * batches * m * n * k }

  private var rightStride: Int { isTransposed ? k : n }
  private var rightStep: Int { isShared ? 0 : k * n }

  /// Some of the products.
  public func forward(
    _ x: TensorStorage, _ y: TensorStorage, into out: TensorStorage, _ batches: Range<Int>
  ) {
    let (x, y, out) = (x.pointer, y.pointer, out.pointer)
    for i in batches {
      BLAS.multiply(
        x + i * m * k, k, false, y + i * rightStep, rightStride, isTransposed, out + i * m * n, n,
        m: m, n: n, k: k)
    }
  }

  /// `dx = dout y^T + beta dx`
  public func leftGradient(
    _ gradient: TensorStorage, _ y: TensorStorage, into dx: TensorStorage, beta: Float
  ) {
    let (dy, y, dx) = (gradient.pointer, y.pointer, dx.pointer)
    for i in 0..<batches {
      BLAS.multiply(
        dy + i * m * n, n, false, y + i * rightStep, rightStride, !isTransposed, dx + i * m * k,
        k, m: m, n: k, k: n, beta: beta)
    }
  }

  /// `dy = x^T dout + beta dy`, transposed where the right side is; added up where it is shared.
  public func rightGradient(
    _ gradient: TensorStorage, _ x: TensorStorage, into dy: TensorStorage, beta: Float
  ) {
    let (dout, left, sum) = (gradient.pointer, x.pointer, dy.pointer)
    if isShared && beta == 0 { sum.update(repeating: 0, count: k * n) }
    for i in 0..<batches {
      let x = left + i * m * k
      let g = dout + i * m * n
      let target = sum + i * rightStep
      let keep: Float = isShared ? 1 : beta
      if isTransposed {
        BLAS.multiply(g, n, true, x, k, false, target, k, m: n, n: k, k: m, beta: keep)
      } else {
        BLAS.multiply(x, k, true, g, n, false, target, n, m: k, n: n, k: m, beta: keep)
      }
    }
  }
}
