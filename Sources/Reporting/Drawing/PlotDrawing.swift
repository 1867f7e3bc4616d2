extension CurvePlot {
  var names: [String] { curves.map(\.name) + references.map(\.name) }
}

extension BarPlot {
  var names: [String] { series.map(\.name) + references.map(\.name) }

  private static let leftMargin = 46.0

  /// Whether the names of the groups are too long to stand side by side.
  func slantsNames(width: Double) -> Bool {
    let room = (width - Self.leftMargin - 6) / Double(max(1, groups.count))
    return groups.contains { Theme.width($0, size: Theme.smallFontSize) > room - 4 }
  }

  /// Room below the axis that slanted names need beyond that of level ones.
  func groupNamesHeight(width: Double) -> Double {
    guard slantsNames(width: width) else { return 0 }
    let longest = groups.map { Theme.width($0, size: Theme.smallFontSize) }.max() ?? 0
    return min(110, longest * 0.5)
  }
}

extension GnuplotScript {
  private static let small = "font '\(Theme.font),\(Theme.smallFontSize)'"

  mutating func draw(_ plot: CurvePlot, in cell: Rect, on canvas: Canvas) {
    let key = KeyLayout(plot.names, width: cell.width)
    let body = cell.inset(left: 46, top: key.height, right: 8, bottom: 34)
    beginAxes(body, plot.names, key, on: canvas)
    setAxis("x", plot.x)
    setAxis("y", plot.y)
    command(canvas.label(plot.x.label, body.middleX, cell.bottom - 7))
    command(canvas.label(plot.y.label, cell.left + 8, body.middleY, upright: true))
    command("set offsets graph 0.04, graph 0.04, graph 0.06, graph 0.06")
    var parts = references(plot.references)
    for (index, curve) in plot.curves.enumerated() {
      let style = Theme.style(index)
      let points = curve.points.sorted { $0.x < $1.x }
      let name = data(
        points.flatMap { [$0.x, $0.y, $0.halfWidth ?? 0] }, columns: 3)
      let color = "linecolor rgb '\(style.color)'"
      if points.contains(where: { $0.halfWidth != nil }) {
        parts.append("\(name) using 1:2:3 with yerrorbars notitle \(color) lw 1 pt -1")
      }
      let dash = style.dash == "solid" ? "dashtype solid" : "dashtype \(style.dash)"
      let kind = curve.showsMarkers ? "linespoints pt \(style.marker) ps 0.55" : "lines"
      parts.append(
        "\(name) using 1:2 with \(kind) \(dash) lw 1.5 \(color) title \(Self.quoted(curve.name))")
    }
    guard !plot.curves.isEmpty else { return drawLabels(on: canvas) }
    command("plot " + parts.joined(separator: ", "))
  }

  mutating func draw(_ plot: BarPlot, in cell: Rect, on canvas: Canvas) {
    let key = KeyLayout(plot.names, width: cell.width)
    let slanted = plot.slantsNames(width: cell.width)
    let body = cell.inset(
      left: 46, top: key.height, right: 6,
      bottom: 20 + plot.groupNamesHeight(width: cell.width))
    beginAxes(body, plot.names, key, on: canvas)
    setAxis("y", plot.y)
    command(canvas.label(plot.y.label, cell.left + 8, body.middleY, upright: true))
    let turn = slanted ? "rotate by 30 right offset 0.6,0" : "norotate"
    command("set xtics nomirror scale 0 \(Self.ticks(plot.groups)) \(turn) \(Self.small)")
    command("set xrange [-0.6:\(Self.number(Double(plot.groups.count) - 0.4))]")
    if plot.y.range == nil && plot.isNonNegative { command("set yrange [0:*]") }
    command("set offsets 0, 0, graph 0.05, 0")
    let barWidth = 0.8 / Double(max(1, plot.series.count))
    command("set boxwidth \(Self.number(barWidth * 0.92)) absolute")
    var parts: [String] = []
    for (index, series) in plot.series.enumerated() {
      let style = Theme.style(index)
      let shift = (Double(index) - Double(plot.series.count - 1) / 2) * barWidth
      let rows = zip(0..., series.values.prefix(plot.groups.count)).compactMap { group, value in
        value.map { [Double(group) + shift, $0.mean, $0.halfWidth ?? 0] }
      }
      guard !rows.isEmpty else { continue }
      let name = data(rows.flatMap { $0 }, columns: 3)
      parts.append(
        "\(name) using 1:2 with boxes fillstyle \(style.fill) border rgb '\(Theme.ink)' "
          + "fillcolor rgb '\(style.color)' lw 0.8 title \(Self.quoted(series.name))")
      if rows.contains(where: { $0[2] > 0 }) {
        parts.append(
          "\(name) using 1:2:3 with yerrorbars notitle linecolor rgb '\(Theme.ink)' lw 1 pt -1")
      }
    }
    guard !parts.isEmpty else { return drawLabels(on: canvas) }
    command("plot " + (parts + references(plot.references)).joined(separator: ", "))
  }

  private mutating func beginAxes(
    _ body: Rect, _ names: [String], _ key: KeyLayout, on canvas: Canvas
  ) {
    command(canvas.margins(body))
    command("set border 3 linewidth 0.8 linecolor rgb '\(Theme.ink)'")
    command("set tics nomirror out scale 0.6 \(Self.small)")
    command("set grid ytics noxtics linewidth 0.4 linecolor rgb '#D0D0D0' dashtype solid")
    if key.rows > 0 {
      command(
        "set key at \(canvas.point(body.left + 2, body.top - key.height + 4)) left top Left reverse "
          + "horizontal maxcols \(key.columns) samplen 2.4 spacing 0.95 width 0 height 0 \(Self.small)")
    }
  }

  private mutating func setAxis(_ name: String, _ axis: Axis) {
    if axis.scale == .logarithmic { command("set logscale \(name)") }
    if let range = axis.range {
      let low = Self.number(range.lowerBound)
      command("set \(name)range [\(low):\(Self.number(range.upperBound))]")
    }
    if !axis.ticks.isEmpty {
      let list = axis.ticks.map { "\(Self.tickName($0.name)) \(Self.number($0.place))" }
      command("set \(name)tics (\(list.joined(separator: ", ")))")
    }
  }

  private func references(_ references: [CurvePlot.Reference]) -> [String] {
    references.map { reference in
      "\(Self.number(reference.y)) with lines dashtype (2,3) lw 1.2 "
        + "linecolor rgb '\(Theme.faint)' title \(Self.quoted(reference.name))"
    }
  }
}

extension BarPlot {
  fileprivate var isNonNegative: Bool {
    series.allSatisfy { $0.values.allSatisfy { ($0?.mean ?? 0) >= 0 } }
  }
}
