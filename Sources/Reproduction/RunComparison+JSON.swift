import Experiments
import JSON

extension RunComparison {
  /// One object for each cell that moved, then the summary.
  public func jsonLines() throws -> [String] {
    let cells = moved.map { cell in
      JSONValue(members: [
        ("kind", "cell"), ("table", .string(cell.place.table)), ("row", .string(cell.place.row)),
        ("column", .string(cell.place.column)), ("verdict", .string("\(cell.grade)")),
        ("text", .string(Self.line(cell))),
      ])
    }
    let first: JSONValue =
      divergence.map {
        [
          "name": .string($0.name), "key": .string($0.key), "before": .string($0.before.hex),
          "after": .string($0.after.hex),
        ]
      } ?? .null
    let summary = JSONValue(members: [
      ("kind", "summary"), ("moved", .int(moved.count)), ("cells", .int(comparison.cells.count)),
      ("inputs", .array(try causes().map { .string($0) })), ("first_divergence", first),
    ])
    return try (cells + [summary]).map { try $0.serialized() }
  }
}
