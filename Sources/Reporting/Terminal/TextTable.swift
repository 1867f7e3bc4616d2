/// A small table for the terminal: aligned columns, some rows set off.
public struct TextTable: Sendable {
  public struct Column: Sendable {
    public var heading: String
    public var isNumber: Bool

    public init(_ heading: String, isNumber: Bool = true) {
      self.heading = heading
      self.isNumber = isNumber
    }
  }

  public struct Row: Sendable {
    public var cells: [String]
    /// Shown in another colour; a column has to say so, too, for places without colour.
    public var isSelected: Bool

    public init(_ cells: [String], isSelected: Bool = false) {
      self.cells = cells
      self.isSelected = isSelected
    }
  }

  public var columns: [Column]
  public var rows: [Row]

  public init(_ columns: [Column], rows: [Row] = []) {
    self.columns = columns
    self.rows = rows
  }

  private static let gap = "  "

  /// The table in lines; columns that do not fit any more are named below it.
  public func text(in style: TerminalStyle) -> String {
    let ink = Ink(style)
    let widths = columns.indices.map { column in
      ([columns[column].heading] + rows.map { $0.cells[column] }).map(TableText.width).max() ?? 0
    }
    var shown = 0
    var used = 0
    while shown < columns.count {
      let next = used + (shown > 0 ? Self.gap.count : 0) + widths[shown]
      if shown > 0, next > style.columns { break }
      used = next
      shown += 1
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.prefix(shown).enumerated().map { index, cell in
        TableText.padded(
          TableText.cut(cell, to: style.columns), to: widths[index],
          right: columns[index].isNumber)
      }
      var text = padded.joined(separator: Self.gap)
      while text.last == " " { text.removeLast() }
      return text
    }
    let rule = String(
      repeating: style.isUnicode ? "─" : "-", count: min(style.columns, max(1, used)))
    var lines = [ink.bold(line(columns.map(\.heading))), ink.faint(rule)]
    lines += rows.map { $0.isSelected ? ink.accented(line($0.cells)) : line($0.cells) }
    if shown < columns.count {
      let names = columns[shown...].map(\.heading).joined(separator: ", ")
      lines.append(ink.faint("too narrow to show: \(names)"))
    }
    return lines.joined(separator: "\n")
  }
}

/// A bar of block characters, in eighths of a character.
public enum TextBar {
  private static let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

  /// - Parameter share: of the width, 0...1
  public static func text(_ share: Double, width: Int, style: TerminalStyle) -> String {
    let share = share.isFinite ? min(1, max(0, share)) : 0
    guard style.isUnicode else {
      return String(repeating: "=", count: Int((share * Double(width)).rounded()))
    }
    let steps = Int((share * Double(width) * 8).rounded())
    let rest = steps % 8
    return String(repeating: "█", count: steps / 8) + (rest > 0 ? String(eighths[rest - 1]) : "")
  }
}
