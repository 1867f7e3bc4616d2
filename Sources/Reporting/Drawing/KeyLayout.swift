/// A legend above a plot: entries side by side, on as many lines as they need.
///
/// Placed and drawn here, not by gnuplot, whose legends grow over the plot when texts are long.
struct KeyLayout {
  enum Sample {
    case line(dash: String, color: String, marker: Int?)
    case box(fill: String, color: String)
  }

  struct Entry {
    let name: String
    let sample: Sample
  }

  private struct Placed {
    let entry: Entry
    let left: Double
    let line: Int
  }

  private var placed: [Placed] = []
  private(set) var height = 6.0

  private static let sampleWidth = 24.0
  private static let lineHeight = 12.5
  private static let size = Theme.smallFontSize

  /// - Parameter width: pixels that may be used; a single entry needs no legend
  init(_ entries: [Entry], width: Double) {
    guard entries.count > 1 else { return }
    var left = 0.0
    var line = 0
    for entry in entries {
      let length = Self.sampleWidth + 4 + Theme.width(entry.name, size: Self.size)
      if left > 0 && left + length > width {
        left = 0
        line += 1
      }
      placed.append(Placed(entry: entry, left: left, line: line))
      left += length + 10
    }
    height = Double(line + 1) * Self.lineHeight + 6
  }

  /// Draws the legend with its upper left corner at `left`, `top`.
  func draw(left: Double, top: Double, on canvas: Canvas, into script: inout GnuplotScript) {
    for (index, item) in placed.enumerated() {
      let x = left + item.left
      let y = top + (Double(item.line) + 0.5) * Self.lineHeight
      let end = x + Self.sampleWidth
      switch item.entry.sample {
      case .line(let dash, let color, let marker):
        script.command(
          "set arrow \(index + 1) from \(canvas.point(x, y)) to \(canvas.point(end, y)) nohead "
            + "dashtype \(dash) linewidth 1.5 linecolor rgb '\(color)'")
        if let marker {
          script.command(
            "set label '' at \(canvas.point((x + end) / 2, y)) "
              + "point pointtype \(marker) pointsize 0.55 linecolor rgb '\(color)'")
        }
      case .box(let fill, let color):
        script.command(
          "set object \(index + 1) rectangle from \(canvas.point(x + 4, y - 4)) to "
            + "\(canvas.point(end, y + 4)) fillcolor rgb '\(color)' fillstyle \(fill) "
            + "border rgb '\(Theme.ink)' linewidth 0.8")
      }
      script.command(canvas.label(item.entry.name, end + 4, y, align: "left", size: Self.size))
    }
  }
}
