/// Where everything in a figure goes.
struct FigureLayout {
  struct PlacedPanel {
    let panel: Panel
    /// The cell of the grid, titles excluded.
    let cell: Rect
  }

  struct PlacedText {
    let text: String
    let x: Double
    let y: Double
    var size = Theme.fontSize
    var isBold = false
    var isUpright = false
  }

  private(set) var width: Double
  private(set) var height = 0.0
  private(set) var panels: [PlacedPanel] = []
  private(set) var texts: [PlacedText] = []
  private(set) var colorBar: Rect?

  private static let gap = 6.0
  private static let titleSize = Theme.smallFontSize + 0.5
  private static let titleLine = titleSize * Theme.lineHeight + 1

  init(_ figure: Figure) {
    width = (figure.width.inches * 96).rounded()
    let columns = max(1, figure.rows.map(\.count).max() ?? 1)
    let left = figure.rowTitles.isEmpty ? 4.0 : 22.0
    let right = figure.colorBar == nil ? 4.0 : 66.0
    let cellWidth =
      (width - left - right - Double(columns - 1) * Self.gap) / Double(columns)
    var top = 4.0
    let line = Theme.fontSize * Theme.lineHeight
    if !figure.title.isEmpty {
      texts.append(
        PlacedText(text: figure.title, x: width / 2, y: top + line / 2, isBold: true))
      top += line + 4
    }
    if !figure.columnTitles.isEmpty {
      for (index, text) in figure.columnTitles.prefix(columns).enumerated() {
        let x = left + (Double(index) + 0.5) * cellWidth + Double(index) * Self.gap
        texts.append(PlacedText(text: text, x: x, y: top + line / 2))
      }
      top += line + 2
    }
    let gridTop = top
    for (index, row) in figure.rows.enumerated() {
      // A plot or text that is alone in its row takes the whole row.
      let spans = row.count == 1 && row[0].fillsItsRow
      let width = spans ? self.width - left - right : cellWidth
      let titles = row.map { Self.wrapped($0.title, width: width, size: Self.titleSize) }
      let titleHeight = titles.map { Double($0.count) * Self.titleLine }.max() ?? 0
      let height = row.map { $0.height(width: width) }.max() ?? 0
      for (column, panel) in row.enumerated() {
        let cell = Rect(
          left: left + Double(column) * (cellWidth + Self.gap), top: top + titleHeight,
          width: width, height: height)
        panels.append(PlacedPanel(panel: panel, cell: cell))
        for (line, text) in titles[column].reversed().enumerated() {
          texts.append(
            PlacedText(
              text: text, x: cell.middleX, y: cell.top - (Double(line) + 0.5) * Self.titleLine,
              size: Self.titleSize, isBold: panel.isFramed))
        }
      }
      if index < figure.rowTitles.count {
        texts.append(
          PlacedText(
            text: figure.rowTitles[index], x: 11, y: top + titleHeight + height / 2,
            isUpright: true))
      }
      top += titleHeight + height + Self.gap
    }
    if figure.colorBar != nil {
      let height = top - gridTop - Self.gap
      colorBar = Rect(
        left: width - right + 10, top: gridTop + height * 0.08, width: 9, height: height * 0.84)
    }
    if !figure.note.isEmpty {
      for text in Self.wrapped(figure.note, width: width - 12, size: Theme.smallFontSize) {
        texts.append(
          PlacedText(text: text, x: width / 2, y: top + line / 2, size: Theme.smallFontSize))
        top += Theme.smallFontSize * Theme.lineHeight
      }
      top += 4
    }
    height = max(20, top.rounded(.up))
  }

  /// Breaks a text at spaces into lines of at most `width` pixels.
  static func wrapped(_ text: String, width: Double, size: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      let longer = (lines.last.map { $0 + " " } ?? "") + word
      if !lines.isEmpty, Theme.width(longer, size: size) <= width {
        lines[lines.count - 1] = longer
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension Panel {
  var fillsItsRow: Bool {
    switch content {
    case .curves, .bars, .text: true
    case .map, .image, .empty: false
    }
  }

  /// The height that suits this panel in a cell of the given width.
  func height(width: Double) -> Double {
    switch content {
    case .curves(let plot):
      return max(120, min(240, width * 0.62)) + plot.key(width: width).height
    case .bars(let plot):
      return max(120, min(220, width * 0.55)) + plot.key(width: width).height
        + plot.groupNamesHeight(width: width)
    case .map(let map):
      let margins = map.margins
      let inner = max(8, width - margins.left - margins.right)
      let square = inner * Double(map.height) / Double(map.width)
      return min(square, width * 1.5) + margins.top + margins.bottom
    case .image(let frame): return width * Double(frame.height) / Double(frame.width)
    case .text(let text): return TextLayout(text, width: width).height
    case .empty: return 0
    }
  }
}
