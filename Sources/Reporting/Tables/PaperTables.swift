import Files
import Foundation

/// One published table, as transcribed.
public struct PaperTable: Hashable, Sendable {
  /// The name of its file, without ending.
  public let name: String
  public let columns: [String]
  /// The fields of each row, in the order of the columns.
  public let rows: [[String]]
  /// The column whose fields name the rows.
  public let keyColumn: String

  /// Columns that name rows, by preference.
  private static let keyColumns = [
    "model", "variant", "method", "comparison", "task", "word", "key", "index",
  ]

  public init(name: String, parsing text: String) throws {
    let records = try CSV.records(text, source: "\(name).csv")
    guard let heading = records.first, records.count > 1 else {
      throw PaperTableError.empty(name)
    }
    for (index, record) in records.enumerated() where record.count != heading.count {
      throw PaperTableError.unevenRow(
        name, line: index + 1, expected: heading.count, found: record.count)
    }
    self.name = name
    columns = heading
    rows = Array(records.dropFirst())
    keyColumn = Self.keyColumns.first(where: heading.contains) ?? heading[0]
  }

  /// The labels of the rows, in the paper's order.
  public var labels: [String] { column(keyColumn) }

  /// The fields of a column, empty when there is no such column.
  public func column(_ name: String) -> [String] {
    guard let place = columns.firstIndex(of: name) else { return [] }
    return rows.map { $0[place] }
  }

  /// The field of the row with this label; nil when absent, empty, or when several rows have it.
  public func text(_ label: String, _ column: String) -> String? {
    let matches = zip(labels, self.column(column)).filter { $0.0 == label }
    guard matches.count == 1, !matches[0].1.isEmpty else { return nil }
    return matches[0].1
  }

  /// The same as a number.
  public func number(_ label: String, _ column: String) -> Double? {
    text(label, column).flatMap(Double.init)
  }
}

/// The published tables in a folder.
public struct PaperTables: Sendable {
  public let folder: String
  /// Names of all tables, sorted.
  public let names: [String]

  public init(folder: String = "data/paper") throws(PaperTableError) {
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw .noFolder(folder)
    }
    self.folder = folder
    names = files.filter { $0.hasSuffix(".csv") }.map { String($0.dropLast(4)) }.sorted()
  }

  /// The same without `motionenhancer-` and what comes after the table's own name, where that is
  /// enough to find it.
  public var shortNames: [String] {
    names.map { name in
      let parts = name.split(separator: "-").map(String.init)
      let own = parts.first == "motionenhancer" ? Array(parts.dropFirst()) : parts
      let short = (1...own.count).lazy.map { own.prefix($0).joined(separator: "-") }
      return short.first { (try? resolve($0)) == name } ?? name
    }
  }

  /// The table called `id`: a full name, or its beginning up to a hyphen, where `motionenhancer-`
  /// may be left out (`table5`, `ablation`, `vda-table1`).
  public func table(_ id: String) throws -> PaperTable {
    let name = try resolve(id)
    let path = "\(folder)/\(name).csv"
    guard let data = RegularFile.contents(path) else {
      throw PaperTableError.unknown(id, among: names)
    }
    return try PaperTable(name: name, parsing: String(decoding: data, as: UTF8.self))
  }

  private func resolve(_ id: String) throws(PaperTableError) -> String {
    for candidate in [id, "motionenhancer-\(id)"] {
      if names.contains(candidate) { return candidate }
      let matches = names.filter { $0.hasPrefix(candidate + "-") }
      if matches.count == 1 { return matches[0] }
      if matches.count > 1 { throw .ambiguous(id, among: matches) }
    }
    throw .unknown(id, among: names)
  }
}

/// Why a published table cannot be loaded.
public enum PaperTableError: Error, Hashable, Sendable, CustomStringConvertible {
  case noFolder(String)
  case unknown(String, among: [String])
  case ambiguous(String, among: [String])
  case empty(String)
  case unevenRow(String, line: Int, expected: Int, found: Int)

  public var description: String {
    switch self {
    case .noFolder(let folder):
      "no published tables in \(folder); run in the repository's directory"
    case .unknown(let id, let names):
      "unknown published table '\(id)'; available: \(names.joined(separator: ", "))"
    case .ambiguous(let id, let names):
      "'\(id)' is ambiguous: \(names.joined(separator: " or "))"
    case .empty(let name):
      "\(name).csv has no rows"
    case .unevenRow(let name, let line, let expected, let found):
      "\(name).csv:\(line): expected \(expected) fields, got \(found)"
    }
  }
}
