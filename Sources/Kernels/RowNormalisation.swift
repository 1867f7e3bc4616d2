/// Normalisation of rows by their deviation or root mean square.
public struct RowNormalisation: Sendable {
  public let rows: Int
  public let width: Int
  private let epsilon: Float
  private let centred: Bool
  /// The mean and the reciprocal deviation of each row, kept for the way back.
  private let statistics: TensorStorage

  public init(rows: Int, width: Int, epsilon: Float, centred: Bool) {
    self.rows = rows
    self.width = width
    self.epsilon = epsilon
    self.centred = centred
    statistics = TensorStorage(uninitialized: 2 * rows)
  }

  private func mean(_ row: Int) -> Float { statistics.pointer[2 * row] }
  private func inverse(_ row: Int) -> Float { statistics.pointer[2 * row + 1] }

  /// Normalises some rows.
  /// - Parameters:
  ///   - w: `[width]`
  ///   - b: `[width]`
  public func forward(
    _ x: TensorStorage, _ w: TensorStorage, _ b: TensorStorage, into y: TensorStorage,
    _ rows: Range<Int>
  ) {
    let (x, w, b, y) = (x.pointer, w.pointer, b.pointer, y.pointer)
    for row in rows { forward(row, x, w, b, into: y) }
  }

  private func forward(
    _ row: Int, _ x: UnsafePointer<Float>, _ w: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>
  ) {
    let line = x + row * width
    let mean = centred ? VectorMath.sum(line, width) / Float(width) : 0
    let variance = VectorMath.sum(line, width) { ($0 - mean) * ($0 - mean) } / Float(width)
    let inverse = 1 / (variance + epsilon).squareRoot()
    statistics.pointer[2 * row] = mean
    statistics.pointer[2 * row + 1] = inverse
    VectorMath.map(line, w, b, y + row * width, width) { x, w, b in
      b.addingProduct((x - mean) * inverse, w)
    }
  }

  /// With n the normalised row and g = dy w: dx = (g - mean(g) - n mean(g n)) / deviation.
  public func inputGradient(
    _ gradient: TensorStorage, _ x: TensorStorage, _ w: TensorStorage, into dx: TensorStorage
  ) {
    let (dy, x, w, dx) = (gradient.pointer, x.pointer, w.pointer, dx.pointer)
    let normal = TensorStorage(uninitialized: width)
    let scaled = TensorStorage(uninitialized: width)
    let (n, g) = (normal.pointer, scaled.pointer)
    for row in 0..<rows {
      let (mean, inverse) = (mean(row), inverse(row))
      VectorMath.map(x + row * width, n, width) { ($0 - mean) * inverse }
      VectorMath.map(dy + row * width, w, g, width) { $0 * $1 }
      let along = VectorMath.dot(g, n, width) / Float(width)
      let centre = centred ? VectorMath.sum(g, width) / Float(width) : 0
      VectorMath.map(g, n, dx + row * width, width) { ($0 - centre - $1 * along) * inverse }
    }
  }

  /// dw += sum over rows of dy n
  public func weightGradient(
    _ gradient: TensorStorage, _ x: TensorStorage, addingTo dw: TensorStorage
  ) {
    let (dy, x, dw) = (gradient.pointer, x.pointer, dw.pointer)
    for row in 0..<rows {
      let (mean, inverse) = (mean(row), inverse(row))
      VectorMath.map(dw, dy + row * width, x + row * width, dw, width) { sum, dy, x in
        sum.addingProduct(dy, (x - mean) * inverse)
      }
    }
  }
  /// db += sum over rows of dy
  public func biasGradient(_ gradient: TensorStorage, addingTo db: TensorStorage) {
    let (dy, db) = (gradient.pointer, db.pointer)
    for row in 0..<rows { VectorMath.accumulate(db, dy + row * width, width) }
  }
}
