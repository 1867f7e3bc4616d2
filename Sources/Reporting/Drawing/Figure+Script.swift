import Canonical
import Experiments

extension Figure {
  /// SHA-256 of everything that is drawn. For locks: the bytes of the files also depend on the
  /// version of gnuplot, this does not.
  public var contentHash: ContentHash {
    var encoder = CanonicalEncoder()
    for item in script(FigureLayout(self)).items {
      switch item {
      case .command(let text): encoder.encode(text)
      case .data(let name, let values, let columns):
        encoder.encode(name)
        encoder.encode(columns)
        encoder.encodeList { list in
          for value in values { list.encode(value) }
        }
      case .pixels(let frame):
        encoder.encode(frame.height)
        encoder.encode(frame.width)
        encoder.encode(data: frame.pixels)
      }
    }
    return encoder.digest
  }

  /// The commands that draw this figure onto gnuplot's current terminal.
  func script(_ layout: FigureLayout) -> GnuplotScript {
    let canvas = Canvas(width: layout.width, height: layout.height)
    var script = GnuplotScript()
    script.command("set multiplot")
    for placed in layout.panels { script.draw(placed, on: canvas) }
    if let bar = colorBar, let place = layout.colorBar {
      script.draw(bar, in: place, on: canvas)
    }
    script.beginPanel()
    for text in layout.texts {
      script.command(
        canvas.label(
          text.text, text.x, text.y, bold: text.isBold, size: text.size, upright: text.isUpright))
    }
    script.drawLabels(on: canvas)
    script.command("unset multiplot")
    return script
  }
}

extension GnuplotScript {
  /// A strip of all colours with numbers at its right.
  mutating func draw(_ bar: ColorBar, in place: Rect, on canvas: Canvas) {
    beginPanel()
    let steps = 128
    let shares = (0..<steps).map { Float(steps - 1 - $0) / Float(steps - 1) }
    let map = HeatMap(shares, height: steps, width: 1, range: 0...1, colors: bar.colors)
    command(Self.frame(false))
    command("unset xtics; unset ytics")
    let ticks = [1, 0.5, 0].map { (share: Double) -> (name: String, row: Double) in
      let value = bar.range.lowerBound * (1 - share) + bar.range.upperBound * share
      return (NumberText.short(value), (1 - share) * Double(steps - 1))
    }
    let widest = ticks.map { Theme.width($0.name, size: Theme.smallFontSize) }.max() ?? 0
    command(
      canvas.label(
        bar.label, place.right + max(34, widest + 18), place.middleY, size: Theme.smallFontSize,
        upright: true))
    let names = ticks.map { "\(Self.tickName($0.name)) \(Self.number($0.row))" }
    command(
      "set y2range [\(steps - 1).5:-0.5]; set y2tics scale 0.3 out "
        + "(\(names.joined(separator: ", "))) "
        + "font '\(Theme.font),\(Theme.smallFontSize)' offset -0.5,0 "
        + "textcolor rgb '\(Theme.ink)'")
    drawPixels(map.picture, in: place, on: canvas)
  }
}
