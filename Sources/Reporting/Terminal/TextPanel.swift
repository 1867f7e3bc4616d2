/// A rectangle of characters, with how wide each line looks.
struct TextPanel {
  /// Lines that may hold escape sequences; each is `width` columns wide.
  var lines: [String]
  let width: Int

  /// Lines without escape sequences, filled up with spaces.
  init(plain lines: [String], width: Int? = nil) {
    let widest = lines.map(TableText.width).max() ?? 0
    let columns = width ?? widest
    self.width = columns
    self.lines = lines.map { TableText.padded($0, to: columns, right: false) }
  }

  /// Lines that are `width` columns wide already.
  init(drawn lines: [String], width: Int) {
    self.lines = lines
    self.width = width
  }

  /// With a line over it, cut to the width.
  func titled(_ title: String) -> TextPanel {
    guard !title.isEmpty else { return self }
    let line = TableText.padded(TableText.cut(title, to: width), to: width, right: false)
    return TextPanel(drawn: [line] + lines, width: width)
  }

  /// Panels side by side, in as many rows as the line's length asks for.
  static func beside(_ panels: [TextPanel], gap: Int = 1, columns: Int) -> [String] {
    var rows: [[TextPanel]] = []
    var used = 0
    for panel in panels {
      if rows.isEmpty || used + gap + panel.width > columns {
        rows.append([panel])
        used = panel.width
      } else {
        rows[rows.count - 1].append(panel)
        used += gap + panel.width
      }
    }
    return rows.flatMap { row -> [String] in
      let height = row.map(\.lines.count).max() ?? 0
      return (0..<height).map { line in
        row.map { panel in
          line < panel.lines.count
            ? panel.lines[line] : String(repeating: " ", count: panel.width)
        }.joined(separator: String(repeating: " ", count: gap))
      }
    }
  }
}

extension TableText {
  /// At most so many columns of a text; what is left out shows as dots.
  static func cut(_ text: String, to columns: Int) -> String {
    guard width(text) > columns else { return text }
    var result = ""
    var used = 0
    for character in text {
      let size = width(String(character))
      guard used + size + 2 <= columns else { break }
      result.append(character)
      used += size
    }
    return result + String(repeating: ".", count: max(0, min(2, columns - used)))
  }
}
