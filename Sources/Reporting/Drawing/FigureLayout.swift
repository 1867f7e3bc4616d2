/// Where everything in a figure goes.
struct FigureLayout {
  struct PlacedPanel {
    let panel: Panel
    /// The cell of the grid, titles excluded.
    let cell: Rect
    let titleY: Double
  }

  struct PlacedText {
    let text: String
    let x: Double
    let y: Double
    var isBold = false
    var isUpright = false
    var isSmall = false
  }

  private(set) var width: Double
  private(set) var height = 0.0
  private(set) var panels: [PlacedPanel] = []
  private(set) var texts: [PlacedText] = []
  private(set) var colorBar: Rect?

  private static let gap = 6.0

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
      let titleHeight = row.contains { !$0.title.isEmpty } ? line + 1 : 0
      let height = row.map { $0.height(width: cellWidth) }.max() ?? 0
      for (column, panel) in row.enumerated() {
        let cell = Rect(
          left: left + Double(column) * (cellWidth + Self.gap), top: top + titleHeight,
          width: cellWidth, height: height)
        panels.append(PlacedPanel(panel: panel, cell: cell, titleY: top + line / 2))
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
      for text in Self.wrapped(figure.note, width: self.width - 12) {
        texts.append(PlacedText(text: text, x: width / 2, y: top + line / 2, isSmall: true))
        top += Theme.smallFontSize * Theme.lineHeight
      }
      top += 4
    }
    height = max(20, top.rounded(.up))
  }

  /// Breaks a text at spaces into lines of at most `width` pixels in the small font.
  static func wrapped(_ text: String, width: Double) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      let longer = (lines.last.map { $0 + " " } ?? "") + word
      if !lines.isEmpty, Theme.width(longer, size: Theme.smallFontSize) <= width {
        lines[lines.count - 1] = longer
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension Panel {
  /// The height that suits this panel in a cell of the given width.
  func height(width: Double) -> Double {
    switch content {
    case .curves(let plot):
      return max(120, min(240, width * 0.62)) + KeyLayout(plot.names, width: width).height
    case .bars(let plot):
      return max(120, min(220, width * 0.55)) + KeyLayout(plot.names, width: width).height
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

/// A legend above a plot: as many columns as fit.
struct KeyLayout {
  let columns: Int
  let rows: Int
  private static let sample = 34.0

  init(_ names: [String], width: Double) {
    let entry = Self.sample + (names.map { Theme.width($0, size: Theme.smallFontSize) }.max() ?? 0)
    let fitting = max(1, Int((width - 40) / max(1, entry)))
    columns = max(1, min(fitting, names.count))
    rows = names.count <= 1 ? 0 : (names.count + columns - 1) / columns
  }

  var height: Double { rows == 0 ? 4 : Double(rows) * 13 + 8 }
}
