import PortableKernels

/// Normalisation of rows by their deviation or root mean square, then times a weight plus a bias
/// that the rows of a group share.
public struct RowNormalisation: Sendable {
  public let groups: RowGroups
  public let width: Int
  private let epsilon: Float
  private let centred: Bool
  /// The mean and the reciprocal deviation of each row, kept for the way back.
  private let statistics: TensorStorage

  public init(_ groups: RowGroups, width: Int, epsilon: Float, centred: Bool) {
    self.groups = groups
    self.width = width
    self.epsilon = epsilon
    self.centred = centred
    statistics = TensorStorage(uninitialized: 2 * groups.rows)
  }

  /// Normalises some rows.
  /// - Parameters:
  ///   - w: `[groups, width]`
  ///   - b: `[groups, width]`
  public func forward(
    _ x: TensorStorage, _ w: TensorStorage, _ b: TensorStorage, into y: TensorStorage,
    _ rows: Range<Int>
  ) {
    var norm = portable_norm()
    (norm.width, norm.epsilon, norm.is_centred) = (width, epsilon, centred ? 1 : 0)
    groups.forEach(in: rows) { group, rows in
      norm.x = UnsafePointer(x.pointer + rows.lowerBound * width)
      norm.weight = UnsafePointer(w.pointer + group * width)
      norm.bias = UnsafePointer(b.pointer + group * width)
      norm.y = y.pointer + rows.lowerBound * width
      norm.statistics = statistics.pointer + 2 * rows.lowerBound
      norm.rows = rows.count
      portable_normalise(&norm)
    }
  }

  /// With n the normalised row and g = dy w: dx = (g - mean(g) - n mean(g n)) / deviation, and over
  /// the rows of each group dw += dy n and db += dy.
  /// - Parameters:
  ///   - dx: nil where nobody asks for it, like `dw` and `db`
  ///   - dw: `[groups, width]`, 0 before, like `db`
  public func backward(
    _ gradient: TensorStorage, _ x: TensorStorage, _ w: TensorStorage, into dx: TensorStorage?,
    weight dw: TensorStorage?, bias db: TensorStorage?
  ) {
    let memory = TensorStorage(uninitialized: 2 * width)
    defer { withExtendedLifetime(memory) {} }
    let (n, g) = (memory.pointer, memory.pointer + width)
    let (dx, dw, db) = (dx?.pointer, dw?.pointer, db?.pointer)
    groups.forEach(in: 0..<groups.rows) { group, rows in
      let (table, w) = (group * width, w.pointer + group * width)
      for row in rows {
        let at = row * width
        let (mean, inverse) = (statistics.pointer[2 * row], statistics.pointer[2 * row + 1])
        let dy = UnsafePointer(gradient.pointer + at)
        VectorMath.map(x.pointer + at, n, width) { ($0 - mean) * inverse }
        if let sum = dw.map({ $0 + table }) {
          VectorMath.map(sum, dy, n, sum, width) { $0.addingProduct($1, $2) }
        }
        if let sum = db.map({ $0 + table }) { VectorMath.accumulate(sum, dy, width) }
        guard let dx = dx.map({ $0 + at }) else { continue }
        VectorMath.map(dy, w, g, width) { $0 * $1 }
        let along = VectorMath.dot(g, n, width) / Float(width)
        let centre = centred ? VectorMath.sum(g, width) / Float(width) : 0
        VectorMath.map(g, n, dx, width) { ($0 - centre - $1 * along) * inverse }
      }
    }
  }
}
