import Experiments
import JSON

extension Lockfile {
  /// Every cell as a line of JSON, in the order of the lock: `table`, `row`, `column`, and `values`
  /// (one for each seed) or `text`.
  public func cellLines() throws -> [String] {
    try cells.sorted { $0.key < $1.key }.map { place, content in
      let shown: (String, JSONValue) =
        switch content {
        case .numbers(let values): ("values", .array(values.map { .double($0) }))
        case .text(let text): ("text", .string(text))
        }
      return try JSONValue(members: [
        ("table", .string(place.table)), ("row", .string(place.row)),
        ("column", .string(place.column)), shown,
      ]).serialized()
    }
  }
}
