/// Rows of elements at regular places of one tensor and another.
public struct RowCopy: Sendable {
  /// Where the first row starts, and how far the next one is.
  public let source: (start: Int, step: Int)
  public let target: (start: Int, step: Int)

  public init(source: (start: Int, step: Int), target: (start: Int, step: Int)) {
    (self.source, self.target) = (source, target)
  }

  /// Copies part of some rows.
  public func copy(
    _ x: TensorStorage, to out: TensorStorage, rows: Range<Int>, _ part: Range<Int>
  ) {
    let (x, out) = (UnsafePointer(x.pointer), out.pointer)
    for row in rows {
      (out + target.start + row * target.step + part.lowerBound).update(
        from: x + source.start + row * source.step + part.lowerBound, count: part.count)
    }
  }

  /// Adds some rows of `width` elements.
  public func accumulate(
    _ x: TensorStorage, onto out: TensorStorage, rows: Range<Int>, width: Int
  ) {
    let (x, out) = (UnsafePointer(x.pointer), out.pointer)
    for row in rows {
      VectorMath.accumulate(
        out + target.start + row * target.step, x + source.start + row * source.step, width)
    }
  }
}

/// Rows of a table `[rows, width]` that are named by index.
public enum IndexedRows {
  /// `table[indices[i]] += x[i]`
  public static func accumulate(
    _ x: TensorStorage, onto table: TensorStorage, _ indices: [Int], width: Int
  ) {
    let (x, table) = (UnsafePointer(x.pointer), table.pointer)
    for (i, row) in indices.enumerated() {
      VectorMath.accumulate(table + row * width, x + i * width, width)
    }
  }

  /// `table[indices[i]] = x[i]`
  public static func replace(
    in table: TensorStorage, _ indices: [Int], with x: TensorStorage, width: Int
  ) {
    let (x, table) = (UnsafePointer(x.pointer), table.pointer)
    for (i, row) in indices.enumerated() {
      (table + row * width).update(from: x + i * width, count: width)
    }
  }
}
