import Canonical
import Files
import Foundation

/// The results of a script: one line for each output cell, verdict and saved checkpoint, and for
/// each result that they depend on, directly or not; sorted, without times or host names, so that
/// a difference between two locks is a difference in results.
///
/// ```
/// merepl lock 2
/// arithmetic 2
/// cell Table 5 | 5 steps | mb.overall = 57.25 56.5 bits 404ca00000000000 404c400000000000
/// cell Table 1 | CPU | kind = text any
/// checkpoint data/checkpoints/mine = text <64 digits>
/// claim 5 steps beat 2 = text supported
/// result extract 5%20steps 0123456789abcdef <64 digits>
/// ```
public struct Lockfile: Hashable, Sendable {
  /// A cached result: its label and the hash of its bits.
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

  /// The place of a value.
  public struct Place: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Keeps names of tables, claims and directories apart.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      case cell, checkpoint, claim
    }

    public let kind: Kind
    public let table: String
    /// The row's label, the claim's text, or the path of the checkpoint.
    public let row: String
    public let column: String

    private init(_ kind: Kind, _ table: String, _ row: String, _ column: String) {
      (self.kind, self.table, self.row, self.column) = (kind, table, row, column)
    }

    /// A cell of a table.
    public init(table: String, row: String, column: String) {
      self.init(.cell, table, row, column)
    }

    /// The verdict on a claim.
    public static func claim(_ text: String) -> Place { Place(.claim, "claims", text, "verdict") }

    /// The hash of a checkpoint that the script saved.
    public static func checkpoint(_ path: String) -> Place {
      Place(.checkpoint, "checkpoints", path, "sha256")
    }

    public var description: String { "\(table) | \(row) | \(column)" }
    public static func < (a: Place, b: Place) -> Bool {
      (a.kind.rawValue, a.table, a.row, a.column) < (b.kind.rawValue, b.table, b.row, b.column)
    }

    // Names are equal by their bytes: composed and decomposed letters stay apart.
    public static func == (a: Place, b: Place) -> Bool {
      a.kind == b.kind && a.table.utf8.elementsEqual(b.table.utf8)
        && a.row.utf8.elementsEqual(b.row.utf8) && a.column.utf8.elementsEqual(b.column.utf8)
    }

    public func hash(into hasher: inout Hasher) {
      hasher.combine(kind)
      for name in [table, row, column] { hasher.combine(Array(name.utf8)) }
    }
  }

  /// The content of a cell.
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

  /// The arithmetic that everything was computed with, see ``CacheKey/arithmetic``.
  public var arithmetic = CacheKey.arithmetic
  public var results: Set<Result> = []
  public var cells: [Place: Content] = [:]

  public init() {}

  public mutating func add(_ result: Result) { results.insert(result) }

  public mutating func setCell(table: String, row: String, column: String, _ content: Content) {
    cells[Place(table: table, row: row, column: column)] = content
  }

  public mutating func set(_ place: Place, _ content: Content) { cells[place] = content }

  // MARK: Files

  /// No script produces a longer one.
  private static let largest = 64 << 20

  /// Replaces the file at `path`.
  public func write(to path: String) throws {
    try WholeFile.write(text: text, to: path)
  }

  /// - Throws: ``StoreError/malformed(file:line:reason:)`` with the first line that is not a lock's
  public init(contentsOfFile path: String) throws(StoreError) {
    let data: Data
    do {
      data = try RegularFile.read(path, limit: Self.largest)
    } catch {
      throw .malformed(file: path, line: 0, reason: "\(error)")
    }
    ReadFiles.note(path)
    try self.init(parsing: [UInt8](data), source: path)
  }
}
