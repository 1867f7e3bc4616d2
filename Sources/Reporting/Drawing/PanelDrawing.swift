import Foundation

/// The size of the figure, which turns pixels into gnuplot's screen coordinates.
struct Canvas {
  let width: Double
  let height: Double

  func x(_ pixels: Double) -> String { GnuplotScript.number(pixels / width) }
  func y(_ pixels: Double) -> String { GnuplotScript.number(1 - pixels / height) }
  func point(_ x: Double, _ y: Double) -> String { "screen \(self.x(x)), screen \(self.y(y))" }

  /// Commands that put the plotted area, axes excluded, at `body`.
  func margins(_ body: Rect) -> String {
    "set lmargin at screen \(x(body.left)); set rmargin at screen \(x(body.right)); "
      + "set tmargin at screen \(y(body.top)); set bmargin at screen \(y(body.bottom))"
  }

  func label(
    _ text: String, _ x: Double, _ y: Double, align: String = "center", bold: Bool = false,
    size: Double = Theme.fontSize, family: String = Theme.font, color: String = Theme.ink,
    upright: Bool = false
  ) -> String {
    "set label \(GnuplotScript.quoted(text)) at \(point(x, y)) \(align)"
      + (upright ? " rotate by 90" : "")
      + " font '\(family)\(bold ? ":Bold" : ""),\(size)' textcolor rgb '\(color)'"
  }
}

extension GnuplotScript {
  /// Everything a panel leaves behind is cleared before the next one.
  mutating func beginPanel() {
    command("reset")
    command("set encoding utf8; unset key; unset colorbox")
  }

  mutating func draw(_ placed: FigureLayout.PlacedPanel, on canvas: Canvas) {
    beginPanel()
    let panel = placed.panel
    switch panel.content {
    case .curves(let plot): draw(plot, in: placed.cell, on: canvas)
    case .bars(let plot): draw(plot, in: placed.cell, on: canvas)
    case .map(let map): draw(map, in: placed.cell, framed: panel.isFramed, on: canvas)
    case .image(let frame): draw(frame, in: placed.cell, framed: panel.isFramed, on: canvas)
    case .text(let text): draw(text, in: placed.cell, on: canvas)
    case .empty: break
    }
  }

  /// A plot of nothing, which brings the labels set so far onto the page.
  mutating func drawLabels(on canvas: Canvas) {
    command("unset border; unset tics")
    command(canvas.margins(Rect(left: 0, top: 0, width: canvas.width, height: canvas.height)))
    command("set xrange [0:1]; set yrange [0:1]")
    command("plot -1 notitle")
  }

  /// A picture that fills `cell`, centred, with its own proportions.
  mutating func draw(_ frame: Frame, in cell: Rect, framed: Bool, on canvas: Canvas) {
    let scale = min(cell.width / Double(frame.width), cell.height / Double(frame.height))
    let width = Double(frame.width) * scale
    let body = Rect(
      left: cell.left + (cell.width - width) / 2, top: cell.top, width: width,
      height: Double(frame.height) * scale)
    command(Self.frame(framed))
    command("unset tics")
    drawPixels(frame, in: body, on: canvas)
  }

  static func frame(_ isFramed: Bool) -> String {
    isFramed
      ? "set border 15 front linewidth 3 linecolor rgb '\(Theme.selection)'"
      : "set border 15 front linewidth 0.5 linecolor rgb '\(Theme.faint)'"
  }

  /// The pixels of a picture in `body`, with pixel (0, 0) at coordinates (0, 0), rows downwards.
  mutating func drawPixels(_ frame: Frame, in body: Rect, on canvas: Canvas) {
    command(canvas.margins(body))
    command("set xrange [-0.5:\(frame.width - 1).5]; set yrange [\(frame.height - 1).5:-0.5]")
    pixels(frame)
  }

  mutating func draw(_ map: HeatMap, in cell: Rect, framed: Bool, on canvas: Canvas) {
    let margins = map.margins
    let area = cell.inset(
      left: margins.left, top: margins.top, right: margins.right, bottom: margins.bottom)
    let scale = min(area.width / Double(map.width), area.height / Double(map.height))
    let width = Double(map.width) * scale
    let body = Rect(
      left: area.left + (area.width - width) / 2, top: area.top, width: width,
      height: Double(map.height) * scale)
    command(Self.frame(framed))
    command("unset tics")
    let font =
      "font '\(Theme.font),\(Theme.smallFontSize)' textcolor rgb '\(Theme.ink)'"
    if !map.columnNames.isEmpty {
      command("set xtics scale 0 nomirror \(Self.ticks(map.columnNames)) \(font) offset 0,0.4")
    }
    if !map.rowNames.isEmpty {
      command("set ytics scale 0 nomirror \(Self.ticks(map.rowNames)) \(font) offset 0.6,0")
    }
    if !map.xLabel.isEmpty {
      command(canvas.label(map.xLabel, body.middleX, cell.bottom - 7, size: Theme.smallFontSize))
    }
    if !map.yLabel.isEmpty {
      command(
        canvas.label(
          map.yLabel, cell.left + 7, body.middleY, size: Theme.smallFontSize, upright: true))
    }
    drawPixels(map.picture, in: body, on: canvas)
  }

  static func ticks(_ names: [String], from start: Double = 0) -> String {
    let list = names.enumerated().map { index, name in
      "\(tickName(name)) \(number(start + Double(index)))"
    }
    return "(\(list.joined(separator: ", ")))"
  }

  mutating func draw(_ text: StyledText, in cell: Rect, on canvas: Canvas) {
    for (index, placed) in TextLayout(text, width: cell.width).words.enumerated() {
      let box = placed.box
      let left = cell.left + box.left
      let top = cell.top + box.top
      if placed.word.isSelected {
        command(
          "set object \(index + 1) rectangle from \(canvas.point(left - 1, top)) to "
            + "\(canvas.point(left + box.width + 1, top + box.height)) behind "
            + "fillcolor rgb '\(Theme.selectionGround)' fillstyle solid 1.0 noborder")
      }
      command(
        canvas.label(
          placed.word.text, left + box.width / 2, top + box.height / 2,
          bold: placed.word.isSelected, size: TextLayout.size, family: Theme.monospacedFont))
      if placed.word.score != nil {
        command(
          canvas.label(
            placed.word.scoreText, left + box.width / 2,
            top + box.height + Theme.smallFontSize * 0.5, size: Theme.smallFontSize - 1,
            color: placed.word.isSelected ? Theme.ink : Theme.faint))
      }
    }
    drawLabels(on: canvas)
  }
}

extension HeatMap {
  /// Room for labels and names of rows and columns.
  var margins: (left: Double, top: Double, right: Double, bottom: Double) {
    let names = rowNames.map { Theme.width($0, size: Theme.smallFontSize) }.max() ?? 0
    let left = (names > 0 ? names + 4 : 0) + (yLabel.isEmpty ? 0 : 14)
    let bottom = (columnNames.isEmpty ? 0.0 : 13) + (xLabel.isEmpty ? 0 : 14)
    return (left, 0, 0, bottom)
  }
}
