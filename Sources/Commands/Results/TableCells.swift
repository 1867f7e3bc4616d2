import Diagnostics
import Experiments
import OrderedCollections
import ScriptChecker
import ScriptInterpreter

/// The numbers of a table's rows by column; nil where a result is pending.
///
/// A row's value is a record (one measurement), a list of records (one for each seed), or a record
/// of such lists (side by side). Fields become columns; the field `tasks` is left out.
struct TableCells {
  let cells: [(row: String, column: String, values: [Double?])]
  /// Columns in the order in which they first appear.
  let names: OrderedSet<String>

  private let places: [String: [String: Int]]

  private typealias Columns = OrderedDictionary<String, [Double?]>

  /// - Parameter meter: counts what printing the table and locking its cells will take
  init(_ definition: TableDefinition, _ meter: Meter) throws {
    var cells: [(row: String, column: String, values: [Double?])] = []
    var names: OrderedSet<String> = []
    for row in definition.rows {
      for (name, values) in try Self.columns(row.value, prefix: "") {
        if let value = values.first(where: { $0?.isFinite == false }), let value {
          throw CommandError(
            "the row \(quoted(row.label)) has a non-finite number in the column \(quoted(name)): "
              + "\(value)", code: .invalidValue)
        }
        try Self.requireInterval(values.compactMap { $0 }, row.label, name)
        try meter.charge(1 + values.count / 16)
        // A lock names the place with every cell.
        try meter.take(
          bytes: definition.title.utf8.count + row.label.utf8.count + name.utf8.count
            + 32 * values.count)
        cells.append((row.label, name, values))
        names.append(name)
      }
    }
    // Every line is as wide as the longest label and all headings.
    let label = definition.rows.map { $0.label.utf8.count }.max() ?? 0
    let width = names.reduce(label) { $0 + max($1.utf8.count, 16) }
    try meter.take(definition.rows.count, times: width)
    try meter.charge(definition.rows.count, times: width, perStep: 16)
    var places: [String: [String: Int]] = [:]
    for (index, cell) in cells.enumerated() { places[cell.row, default: [:]][cell.column] = index }
    self.places = places
    self.cells = cells
    self.names = names
  }

  /// Values so far apart that the interval of their mean is too large for a number.
  private static func requireInterval(
    _ values: [Double], _ row: String, _ column: String
  ) throws {
    let largest = values.max { $0.magnitude < $1.magnitude } ?? 0
    guard values.count > 1, largest.magnitude > 1e290,
      Sample(values).halfWidth()?.isFinite != true
    else { return }
    throw CommandError(
      "the row \(quoted(row)) has numbers in the column \(quoted(column)) whose range is too large "
        + "for a confidence interval (largest: \(largest))", code: .invalidValue,
      suggestion: "rescale them to another unit")
  }

  /// The numbers of a cell, where all are there.
  func values(_ row: String, _ column: String) -> [Double]? {
    guard let place = places[row]?[column] else { return nil }
    let cell = cells[place]
    let values = cell.values.compactMap { $0 }
    return values.count == cell.values.count ? values : nil
  }

  private static func columns(_ value: Value, prefix: String) throws -> Columns {
    if value.isPending { return [:] }
    switch value {
    case .record(let record):
      var result: Columns = [:]
      for (name, field) in record.fields where name != "tasks" {
        let found =
          try field.number.map { [prefix + name: [$0]] }
          ?? columns(field, prefix: prefix + name + " ")
        if let twice = found.keys.first(where: { result[$0] != nil }) {
          throw CommandError(
            "a table row has two values for the column \(quoted(twice))", code: .boundTwice,
            suggestion: "rename one of the fields")
        }
        result.merge(found) { $1 }
      }
      return result
    case .list(let list):
      return try columns(list, prefix: prefix)
    default:
      guard let number = value.number else {
        throw CommandError(
          "expected numbers, records or lists in a table row, got \(value.summary)")
      }
      return [ownName(prefix): [number]]
    }
  }

  /// One element for each seed; where an element or a part is pending, its columns have a gap.
  private static func columns(_ list: ListValue, prefix: String) throws -> Columns {
    let parts = try list.map { element -> (found: Columns, isPending: Bool) in
      if let number = element.number { return ([ownName(prefix): [number]], false) }
      return (try columns(element, prefix: prefix), element.pendingPart != nil)
    }
    var result: Columns = [:]
    for part in parts { for name in part.found.keys { result[name] = [] } }
    for part in parts {
      for name in result.keys {
        if let values = part.found[name] {
          result[name]! += values
        } else if part.isPending {
          result[name]!.append(nil)
        }
      }
    }
    return result
  }

  private static func ownName(_ prefix: String) -> String {
    prefix.isEmpty ? "value" : String(prefix.dropLast())
  }
}
