import Foundation

/// What is sent to gnuplot: commands and blocks of numbers, in order.
///
/// Texts enter only through ``quoted(_:)`` and ``tickName(_:)``; numbers only through
/// ``number(_:)`` and data blocks.
struct GnuplotScript: Sendable {
  enum Item: Sendable {
    case command(String)
    /// Numbers `[rows, columns]` as the data block `$name`.
    case data(name: String, values: [Double], columns: Int)
    /// Plots a picture.
    case pixels(Frame)
  }

  private(set) var items: [Item] = []

  mutating func command(_ text: String) { items.append(.command(text)) }

  mutating func pixels(_ frame: Frame) { items.append(.pixels(frame)) }

  /// Adds a block of numbers.
  /// - Returns: its name, with which `plot` finds it
  mutating func data(_ values: [Double], columns: Int) -> String {
    precondition(columns > 0 && values.count % columns == 0, "rows of unequal length")
    let name = "block\(items.count)"
    items.append(.data(name: name, values: values, columns: columns))
    return "$" + name
  }

  /// A text in single quotes, inside which gnuplot expands nothing: quotes doubled, other control
  /// characters than spaces dropped.
  static func quoted(_ text: String) -> String {
    "'" + clean(text).replacingOccurrences(of: "'", with: "''") + "'"
  }

  /// A text at a tick, where gnuplot takes `%` for a format.
  static func tickName(_ text: String) -> String {
    quoted(text.replacingOccurrences(of: "%", with: "%%"))
  }

  /// The shortest text that reads back as the same number.
  static func number(_ value: Double) -> String {
    precondition(value.isFinite, "a coordinate that is not finite")
    return value.description
  }

  static func clean(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.compactMap { scalar in
          if scalar == "\n" || scalar == "\t" { return " " }
          return scalar.properties.generalCategory == .control ? nil : scalar
        }))
  }
}
