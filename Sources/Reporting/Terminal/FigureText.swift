import Experiments

extension Figure {
  /// The figure in characters: maps and pictures as blocks, curves by gnuplot's text terminal.
  public func text(in style: TerminalStyle) -> String {
    let ink = Ink(style)
    var lines: [String] = []
    if !title.isEmpty { lines.append(ink.bold(title)) }
    let names = rowTitles.map(TableText.width).max() ?? 0
    let gutter = names == 0 ? 0 : min(names + 1, style.columns / 4)
    if !columnTitles.isEmpty {
      let width = cellWidth(style, gutter: gutter, in: rows.first?.count ?? 1)
      let drawn = rows.first?.first?.drawn(columns: width, style).width ?? width
      let titles = columnTitles.map {
        TableText.padded(TableText.cut($0, to: drawn), to: drawn, right: false)
      }
      lines.append(
        String(repeating: " ", count: gutter) + ink.faint(titles.joined(separator: " ")))
    }
    for (index, row) in rows.enumerated() {
      let width = cellWidth(style, gutter: gutter, in: row.count)
      let panels = row.map { $0.drawn(columns: width, style) }
      let drawn = TextPanel.beside(panels, columns: style.columns - gutter)
      let name = index < rowTitles.count ? TableText.cut(rowTitles[index], to: gutter - 1) : ""
      lines += drawn.enumerated().map { line, text in
        guard gutter > 0 else { return text }
        return TableText.padded(line == 0 ? name : "", to: gutter, right: false) + text
      }
    }
    if let bar = colorBar {
      let legend = MapText(style).legend(bar.range, bar.colors)
      lines.append(
        String(repeating: " ", count: gutter) + legend + (bar.label.isEmpty ? "" : "  \(bar.label)")
      )
    }
    if !note.isEmpty { lines.append(contentsOf: TableText.filled(note, style).map(ink.faint)) }
    return lines.joined(separator: "\n")
  }

  /// Columns for each of `count` panels, with one between them; narrow ones go into more rows.
  private func cellWidth(_ style: TerminalStyle, gutter: Int, in count: Int) -> Int {
    let room = style.columns - gutter
    let inRow = min(max(1, count), max(1, (room + 1) / (Panel.narrowest + 1)))
    return max(4, (room - (inRow - 1)) / inRow)
  }
}

extension Panel {
  /// Below this many columns a picture is not recognised any more.
  static let narrowest = 12
  private static let widest = 48

  func drawn(columns: Int, _ style: TerminalStyle) -> TextPanel {
    let mark = isFramed ? (style.isUnicode ? "● " : "* ") : ""
    let ink = Ink(style)
    let body: TextPanel
    switch content {
    case .map(let map): body = MapText(style).panel(map, columns: columns)
    case .image(let frame):
      body = BlockPicture(style).panel(
        frame, columns: min(columns, Self.widest, max(frame.width, Self.narrowest)))
    case .text(let text):
      body = TextPanel(
        drawn: SentenceText(style).lines(text, columns: columns), width: columns)
    case .curves(let plot): body = CurveText(style).panel(plot, columns: columns)
    case .bars(let plot): body = BarText(style).panel(plot, columns: columns)
    case .empty: body = TextPanel(plain: [], width: columns)
    }
    var panel = body.titled(mark + title)
    if isFramed, !panel.lines.isEmpty, !(mark + title).isEmpty {
      panel.lines[0] = ink.accented(panel.lines[0])
    }
    return panel
  }
}

extension TableText {
  /// A text in lines that fit, broken at spaces.
  static func filled(_ text: String, _ style: TerminalStyle) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ").map(String.init) {
      let longer = (lines.last.map { $0 + " " } ?? "") + word
      if !lines.isEmpty, width(longer) <= style.columns {
        lines[lines.count - 1] = longer
      } else {
        lines.append(word)
      }
    }
    return lines
  }
}
