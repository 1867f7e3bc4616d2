/// What is sent to gnuplot: commands and blocks of numbers, in order.
///
/// Texts enter only through ``quoted(_:)`` and ``tickName(_:)`` (GnuplotScript+Text.swift); numbers
/// only through ``number(_:)`` and data blocks.
struct GnuplotScript: Sendable {
  enum Item: Sendable {
    case command(String)
    /// Numbers `[rows, columns]` as the data block `$name`.
    case data(name: String, values: [Double], columns: Int)
    /// Plots a picture.
    case pixels(Frame)
  }

  private(set) var items: [Item] = []

  mutating func append(_ item: Item) { items.append(item) }

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

  /// The shortest text that reads back as the same number.
  static func number(_ value: Double) -> String {
    precondition(value.isFinite, "a coordinate that is not finite")
    return value.description
  }
}
