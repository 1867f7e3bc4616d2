import PortableKernels

/// Single-threaded matrix products with the same bits on every processor. Parallelism lives above,
/// over samples and blocks.
///
/// Each element is a sum over stretches of 256 values of `k`, added in order; each stretch is one
/// chain of fused multiply-adds. Neither the tile in which an element is computed nor the rows and
/// columns beside it change it, so a product may be split along both.
enum MatrixProduct {
  /// A side of a product as it is stored: rows, or columns where it is transposed, that each lie in
  /// one piece, `stride` elements from each other.
  struct Side {
    let start: UnsafePointer<Float>
    let stride: Int
    let isTransposed: Bool

    init(_ start: UnsafePointer<Float>, _ stride: Int, isTransposed: Bool = false) {
      (self.start, self.stride, self.isTransposed) = (start, stride, isTransposed)
    }

    /// Floats of a right side `[k, n]` in panels.
    static func packedCount(k: Int, n: Int) -> Int { portable_packed_count(k, n) }

    /// Writes a right side `[k, n]` in panels.
    func pack(k: Int, n: Int, into panels: UnsafeMutablePointer<Float>) {
      portable_pack(start, isTransposed ? 1 : stride, isTransposed ? stride : 1, k, n, panels)
    }
  }

  /// Where the result `[m, n]` goes.
  struct Target {
    let start: UnsafeMutablePointer<Float>
    let stride: Int
    let base: Base

    /// What the product is added to.
    enum Base {
      case nothing
      /// What the target holds.
      case itself
      /// One row for all, `[n]`.
      case row(UnsafePointer<Float>)

      /// What the factor of BLAS says: 0 for nothing, 1 for the target itself.
      static func times(_ beta: Float) -> Base { beta == 0 ? .nothing : .itself }
    }

    init(_ start: UnsafeMutablePointer<Float>, _ stride: Int, base: Base = .nothing) {
      (self.start, self.stride, self.base) = (start, stride, base)
    }

    fileprivate func fill(_ product: inout portable_product) {
      product.c = start
      product.c_row = stride
      switch base {
      case .nothing: (product.start, product.start_row) = (nil, 0)
      case .itself: (product.start, product.start_row) = (UnsafePointer(start), stride)
      case .row(let row): (product.start, product.start_row) = (row, 0)
      }
    }
  }

  /// `target = base + alpha left right` with `left [m, k]` and `right [k, n]`.
  static func multiply(
    _ left: Side, _ right: Side, into target: Target, m: Int, n: Int, k: Int, alpha: Float = 1
  ) {
    if m == 0 || n == 0 { return }
    var product = product(left, m: m, n: n, k: k, alpha: alpha)
    target.fill(&product)
    product.b = right.start
    product.b_row = right.isTransposed ? 1 : right.stride
    product.b_column = right.isTransposed ? right.stride : 1
    portable_multiply(&product)
  }

  /// The same with a right side in panels, see ``Side/pack(k:n:into:)``, of which the first `k`
  /// rows and `n` columns count.
  /// - Parameter depth: rows of the panels, if more than `k`
  static func multiply(
    _ left: Side, panels: UnsafePointer<Float>, depth: Int? = nil, into target: Target, m: Int,
    n: Int, k: Int, alpha: Float = 1
  ) {
    if m == 0 || n == 0 { return }
    var product = product(left, m: m, n: n, k: k, alpha: alpha)
    target.fill(&product)
    product.b = panels
    product.packed_k = depth ?? k
    portable_multiply(&product)
  }

  private static func product(
    _ left: Side, m: Int, n: Int, k: Int, alpha: Float
  ) -> portable_product {
    var product = portable_product()
    product.a = left.start
    product.a_row = left.isTransposed ? 1 : left.stride
    product.a_column = left.isTransposed ? left.stride : 1
    (product.m, product.n, product.k, product.alpha) = (m, n, k, alpha)
    return product
  }
}
