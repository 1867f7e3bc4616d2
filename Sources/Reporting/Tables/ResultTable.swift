import Experiments

/// A table of results, measured here or published by others.
///
/// All rows of a column are one or the other: measured and published numbers are never mixed.
public struct ResultTable: Hashable, Sendable {
  /// Where the numbers of a column come from.
  public enum Origin: String, Hashable, Sendable {
    case measured
    case published
  }

  public struct Column: Hashable, Sendable {
    public var name: String
    public var origin: Origin
    /// Digits after the point.
    public var digits: Int

    public init(_ name: String, _ origin: Origin, digits: Int = 2) {
      self.name = name
      self.origin = origin
      self.digits = digits
    }

    public static func measured(_ name: String, digits: Int = 2) -> Column {
      Column(name, .measured, digits: digits)
    }

    public static func published(_ name: String, digits: Int = 2) -> Column {
      Column(name, .published, digits: digits)
    }

    /// What stands over the column.
    public var heading: String { origin == .published ? "\(name) (paper)" : name }
  }

  public enum Cell: Hashable, Sendable {
    /// One value for each seed, in seed order.
    case measured([Double])
    case published(Double)
    /// A text, for instance a model's name; allowed in every column.
    case text(String)
    /// Nothing: not part of this row, or not attempted.
    case empty
  }

  public struct Row: Hashable, Sendable {
    public let label: String
    public fileprivate(set) var cells: [Cell]
  }

  public let title: String
  /// What the row labels are, for instance `variant`.
  public let key: String
  public private(set) var columns: [Column]
  public private(set) var rows: [Row] = []
  private var labels: Set<String> = []
  /// Lines below the table.
  public var notes: [String]

  /// The note that goes with every number measured at the mini scale.
  public static let miniScaleNote =
    "mini scale: shows whether the mechanism appears, not the paper's percentages"

  public init(title: String, key: String = "", columns: [Column], notes: [String] = []) {
    self.title = title
    self.key = key
    self.columns = columns
    self.notes = notes
  }

  // MARK: Rows and cells

  /// Appends a row.
  /// - Parameter cells: one for each column
  /// - Throws: ``TableError`` for a wrong count, a repeated label, or a number of the wrong origin
  public mutating func addRow(_ label: String, _ cells: [Cell]) throws(TableError) {
    guard cells.count == columns.count else {
      throw .cellCount(table: title, row: label, expected: columns.count, found: cells.count)
    }
    guard !labels.contains(label) else { throw .repeatedRow(table: title, row: label) }
    for (column, cell) in zip(columns, cells) { try check(cell, in: column, row: label) }
    rows.append(Row(label: label, cells: cells))
    labels.insert(label)
  }

  /// Appends a column.
  /// - Parameter cells: one for each row
  public mutating func addColumn(_ column: Column, _ cells: [Cell]) throws(TableError) {
    guard cells.count == rows.count else {
      throw .cellCount(
        table: title, row: column.heading, expected: rows.count, found: cells.count)
    }
    for (row, cell) in zip(rows, cells) { try check(cell, in: column, row: row.label) }
    columns.append(column)
    for index in rows.indices { rows[index].cells.append(cells[index]) }
  }

  private func check(_ cell: Cell, in column: Column, row: String) throws(TableError) {
    switch (cell, column.origin) {
    case (.measured(let values), .measured):
      if values.isEmpty { throw .noValues(table: title, row: row, column: column.name) }
    case (.published, .published), (.text, _), (.empty, _): break
    case (.measured, .published), (.published, .measured):
      throw .wrongOrigin(table: title, row: row, column: column.heading)
    }
  }

  /// The cell in a row and column given by name.
  /// - Throws: ``TableError`` with the names there are
  public func cell(
    _ row: String, _ column: String, _ origin: Origin = .measured
  ) throws(TableError) -> Cell {
    guard let line = rows.first(where: { $0.label == row }) else {
      throw .unknown("row", row, among: rows.map(\.label), table: title)
    }
    guard let place = columns.firstIndex(where: { $0.name == column && $0.origin == origin })
    else {
      throw .unknown("\(origin) column", column, among: columns.map(\.heading), table: title)
    }
    return line.cells[place]
  }

  // MARK: Beside the paper

  /// This table with the paper's numbers in columns of their own, each behind ours.
  /// - Parameters:
  ///   - paper: published numbers; rows are matched by label, a row the paper lacks stays empty
  ///   - names: the paper's name of a column of ours; our own name when it has none here
  public func beside(
    _ paper: PaperTable, names: [String: String] = [:]
  ) throws(TableError) -> ResultTable {
    var result = ResultTable(title: title, key: key, columns: [], notes: notes)
    result.rows = rows.map { Row(label: $0.label, cells: []) }
    result.labels = labels
    for (index, column) in columns.enumerated() {
      try result.addColumn(column, rows.map { $0.cells[index] })
      let name = names[column.name] ?? column.name
      guard column.origin == .measured, paper.columns.contains(name) else { continue }
      try result.addColumn(
        .published(column.name, digits: column.digits),
        rows.map { row in
          paper.number(row.label, name).map { .published($0) } ?? .empty
        })
    }
    return result
  }
}

/// A table that cannot be built or read as asked.
public enum TableError: Error, Hashable, Sendable, CustomStringConvertible {
  case cellCount(table: String, row: String, expected: Int, found: Int)
  case repeatedRow(table: String, row: String)
  case noValues(table: String, row: String, column: String)
  case wrongOrigin(table: String, row: String, column: String)
  case unknown(String, String, among: [String], table: String)

  public var description: String {
    switch self {
    case .cellCount(let table, let row, let expected, let found):
      "table '\(table)': '\(row)': expected \(expected) cells, got \(found)"
    case .repeatedRow(let table, let row):
      "table '\(table)': duplicate row '\(row)'; choose another label"
    case .noValues(let table, let row, let column):
      "table '\(table)', row '\(row)', column '\(column)': no values; use an empty cell"
    case .wrongOrigin(let table, let row, let column):
      "table '\(table)', row '\(row)': measured and published numbers cannot share the column "
        + "'\(column)'"
    case .unknown(let kind, let name, let names, let table):
      "table '\(table)' has no \(kind) '\(name)'; available: \(names.joined(separator: ", "))"
    }
  }
}
