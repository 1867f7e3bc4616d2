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
      MatrixProduct.multiply(
        .init(x + i * m * k, k),
        .init(y + i * rightStep, rightStride, isTransposed: isTransposed),
        into: .init(out + i * m * n, n), m: m, n: n, k: k)
    }
  }

  /// `dx = dout y^T + beta dx`
  public func leftGradient(
    _ gradient: TensorStorage, _ y: TensorStorage, into dx: TensorStorage, beta: Float
  ) {
    let (dy, y, dx) = (gradient.pointer, y.pointer, dx.pointer)
    for i in 0..<batches {
      MatrixProduct.multiply(
        .init(dy + i * m * n, n),
        .init(y + i * rightStep, rightStride, isTransposed: !isTransposed),
        into: .init(dx + i * m * k, k, base: .times(beta)), m: m, n: k, k: n)
    }
  }

  /// `dy = x^T dout + beta dy`, transposed where the right side is; added up where it is shared.
  public func rightGradient(
    _ gradient: TensorStorage, _ x: TensorStorage, into dy: TensorStorage, beta: Float
  ) {
    let (dout, left, sum) = (gradient.pointer, x.pointer, dy.pointer)
    for i in 0..<batches {
      let x = MatrixProduct.Side(left + i * m * k, k, isTransposed: !isTransposed)
      let g = MatrixProduct.Side(dout + i * m * n, n, isTransposed: isTransposed)
      let base: MatrixProduct.Target.Base =
        beta == 0 && !(isShared && i > 0) ? .nothing : .itself
      let target = sum + i * rightStep
      if isTransposed {
        MatrixProduct.multiply(g, x, into: .init(target, k, base: base), m: n, n: k, k: m)
      } else {
        MatrixProduct.multiply(x, g, into: .init(target, n, base: base), m: k, n: n, k: m)
      }
    }
    if batches == 0 && beta == 0 { sum.update(repeating: 0, count: isShared ? k * n : 0) }
  }
}
