import Files
import Foundation

/// What a script gave: one line for each cached result and for each output cell, sorted, with no
/// time, host or path in it, so that a difference between two locks is a difference in results.
///
/// ```
/// merepl lock 1
/// cell Table 5 | 5 steps | mb.overall = 57.25 56.5 bits 404ca00000000000 404c400000000000
/// cell Table 1 | CPU | kind = text any
/// result extract steps=5 0123456789abcdef <64 digits>
/// ```
public struct Lockfile: Hashable, Sendable {
  /// A cached result: what it is called and which bits it has.
  public struct Result: Hashable, Sendable {
    public let command: String
    public let label: String
    /// First 16 digits of the cache key.
    public let key: String
    public let content: ContentHash

    public init(command: String, label: String, key: CacheKey, content: ContentHash) {
      self.init(command: command, label: label, key16: key.hash.short, content: content)
    }

    init(command: String, label: String, key16: String, content: ContentHash) {
      self.command = command
      self.label = label
      key = key16
      self.content = content
    }
  }

  /// Where a cell stands.
  public struct Place: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let table: String
    public let row: String
    public let column: String

    public init(table: String, row: String, column: String) {
      self.table = table
      self.row = row
      self.column = column
    }

    public var description: String { "\(table) | \(row) | \(column)" }
    public static func < (a: Place, b: Place) -> Bool {
      (a.table, a.row, a.column) < (b.table, b.row, b.column)
    }
  }

  /// What stands in a cell.
  public enum Content: Hashable, Sendable {
    /// One value for each seed, in seed order.
    case numbers([Double])
    case text(String)

    /// Equality of bits: NaN equals NaN, the two zeros differ.
    public static func == (a: Content, b: Content) -> Bool {
      switch (a, b) {
      case (.numbers(let x), .numbers(let y)): x.map(\.bitPattern) == y.map(\.bitPattern)
      case (.text(let x), .text(let y)): x.utf8.elementsEqual(y.utf8)
      default: false
      }
    }

    public func hash(into hasher: inout Hasher) {
      switch self {
      case .numbers(let values): hasher.combine(values.map(\.bitPattern))
      case .text(let text): hasher.combine(Array(text.utf8))
      }
    }
  }

  public var results: Set<Result> = []
  public var cells: [Place: Content] = [:]

  public init() {}

  public mutating func add(_ result: Result) { results.insert(result) }

  public mutating func setCell(table: String, row: String, column: String, _ content: Content) {
    cells[Place(table: table, row: row, column: column)] = content
  }

  // MARK: Files

  /// Replaces the file at `path`.
  public func write(to path: String) throws(StoreError) {
    try DurableFile.write(Data(text.utf8), to: path)
  }

  /// - Throws: ``StoreError/malformed(file:line:reason:)`` with the first line that is not a lock's
  public init(contentsOfFile path: String) throws(StoreError) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw .system("read", path, errno)
    }
    ReadFiles.note(path)
    try self.init(parsing: String(decoding: data, as: UTF8.self), source: path)
  }
}
