/// Runs of rows that share a row of a table: the text and the vision tokens of each sample, with
/// shifts, scales and gates of their own.
public struct RowGroups: Hashable, Sendable {
  /// Rows of each group in order.
  public let lengths: [Int]
  public let rows: Int

  public init(_ lengths: [Int]) {
    precondition(lengths.allSatisfy { $0 >= 0 }, "groups of \(lengths) rows")
    self.lengths = lengths
    rows = lengths.reduce(0, +)
  }

  /// Calls `body` with the parts of the groups that lie in `range`.
  @inline(__always)
  func forEach(in range: Range<Int>, _ body: (_ group: Int, _ rows: Range<Int>) -> Void) {
    var start = 0
    for (group, length) in lengths.enumerated() {
      let part = (start..<start + length).clamped(to: range)
      if !part.isEmpty { body(group, part) }
      start += length
    }
  }
}

/// Residual sums with gates: `y = x + gate z` for rows whose group has a row of the gates.
public struct GatedSum: Sendable {
  private let groups: RowGroups
  private let width: Int

  public init(_ groups: RowGroups, width: Int) { (self.groups, self.width) = (groups, width) }

  /// Some rows of `y`.
  /// - Parameter gates: `[groups, width]`
  public func forward(
    _ x: TensorStorage, _ z: TensorStorage, _ gates: TensorStorage, into y: TensorStorage,
    _ rows: Range<Int>
  ) {
    let (x, z, y) = (x.pointer, z.pointer, y.pointer)
    groups.forEach(in: rows) { group, rows in
      let gate = UnsafePointer(gates.pointer + group * width)
      for row in rows {
        let at = row * width
        VectorMath.map(x + at, gate, z + at, y + at, width) { $0.addingProduct($1, $2) }
      }
    }
  }

  /// `dz = gate dy`, and `dgate`, which is 0 before, gets the sum of `dy z` over the rows of each
  /// group.
  public func backward(
    _ gradient: TensorStorage, _ z: TensorStorage, _ gates: TensorStorage,
    into dz: TensorStorage, addingTo dgates: TensorStorage
  ) {
    let (dy, z, dz) = (gradient.pointer, z.pointer, dz.pointer)
    groups.forEach(in: 0..<groups.rows) { group, rows in
      let gate = UnsafePointer(gates.pointer + group * width)
      let sum = dgates.pointer + group * width
      for row in rows {
        let at = row * width
        VectorMath.map(dy + at, gate, dz + at, width) { $0 * $1 }
        VectorMath.map(sum, dy + at, z + at, sum, width) { $0.addingProduct($1, $2) }
      }
    }
  }
}
