/// Room around the plotted area of curves and bars.
private enum PlotMargins {
  /// The label of the vertical axis and its numbers, where these are short.
  static let left = 46.0
  static let right = 8.0
  /// Numbers and the label of the horizontal axis.
  static let bottom = 34.0
  /// Names of groups of bars.
  static let groups = 20.0

  /// With room for the numbers of a vertical axis.
  static func left(_ shown: ClosedRange<Double>, _ axis: Axis) -> Double {
    let names =
      axis.ticks.isEmpty ? TickNumbers.names(shown) : axis.ticks.map(\.name)
    let widest = names.map(\.unicodeScalars.count).max() ?? 0
    return left + Double(max(0, min(widest, 12) - 4)) * 0.64 * Theme.smallFontSize
  }
}

extension CurvePlot {
  func key(width: Double) -> KeyLayout {
    let lines = curves.enumerated().map { index, curve in
      let style = Theme.style(index)
      return KeyLayout.Entry(
        name: curve.name,
        sample: .line(
          dash: style.dash, color: style.color, marker: curve.showsMarkers ? style.marker : nil))
    }
    return KeyLayout(
      lines + references.map(\.keyEntry), width: width - leftMargin - PlotMargins.right)
  }

  fileprivate var leftMargin: Double { PlotMargins.left(shownHeights, y) }

  fileprivate var shownHeights: ClosedRange<Double> {
    let heights = curves.flatMap(\.points).flatMap {
      [$0.y - ($0.halfWidth ?? 0), $0.y + ($0.halfWidth ?? 0)]
    }
    return y.shown(heights + references.map(\.y), padding: 0.06)
  }
}

extension CurvePlot {
  /// The curves, those with intervals moved a little to the side of one another: values at one
  /// place would hide each other.
  fileprivate var spread: [Curve] {
    let places = curves.flatMap(\.points).map(\.x)
    guard x.scale == .linear, curves.count > 1, let low = places.min(), let high = places.max(),
      curves.flatMap(\.points).contains(where: { $0.halfWidth != nil })
    else { return curves }
    let step = (high - low) * 0.014
    return zip(0..., curves).map { index, curve in
      var moved = curve
      let shift = (Double(index) - Double(curves.count - 1) / 2) * step
      moved.points = curve.points.map { Point($0.x + shift, $0.y, halfWidth: $0.halfWidth) }
      return moved
    }
  }
}

extension CurvePlot.Reference {
  static let dash = "(2,3)"

  var keyEntry: KeyLayout.Entry {
    KeyLayout.Entry(name: name, sample: .line(dash: Self.dash, color: Theme.faint, marker: nil))
  }
}

extension BarPlot {
  func key(width: Double) -> KeyLayout {
    let boxes = series.enumerated().map { index, series in
      let style = Theme.style(index)
      return KeyLayout.Entry(
        name: series.name, sample: .box(fill: style.fill, color: style.color))
    }
    return KeyLayout(
      boxes + references.map(\.keyEntry), width: width - leftMargin - PlotMargins.right)
  }

  fileprivate var leftMargin: Double { PlotMargins.left(shownHeights, y) }

  /// Whether the names of the groups are too long to stand side by side.
  func slantsNames(width: Double) -> Bool {
    let room =
      (width - leftMargin - PlotMargins.right) / Double(max(1, groups.count))
    return groups.contains { Theme.width($0, size: Theme.smallFontSize) > room - 4 }
  }

  /// Room below the axis that slanted names need beyond that of level ones.
  func groupNamesHeight(width: Double) -> Double {
    guard slantsNames(width: width) else { return 0 }
    let longest = groups.map { Theme.width($0, size: Theme.smallFontSize) }.max() ?? 0
    return min(110, longest * 0.5)
  }
}

extension Axis {
  /// Whether an axis from `low` to `high` tells numbers apart: gnuplot draws none without an
  /// extent, and closer ones have the same names.
  static func spans(_ low: Double, _ high: Double) -> Bool {
    high - low > 1e-9 * max(low.magnitude, high.magnitude)
  }

  /// The range to show when values span `low...high`.
  func shown(_ values: [Double], padding: Double) -> ClosedRange<Double> {
    if let range, Self.spans(range.lowerBound, range.upperBound) { return range }
    let usable = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    guard let low = usable.min(), let high = usable.max() else {
      return scale == .linear ? 0...1 : 1...10
    }
    switch scale {
    case .linear:
      let isWide = Self.spans(low, high)
      let room =
        (isWide ? padding : max(padding, 0.02))
        * (isWide ? high - low : max(1, high.magnitude * 0.1))
      return (low - room)...(high + room)
    case .logarithmic:
      // Grows by the given share of the logarithmic span, within what square roots can tell.
      let ratio = (high / low).squareRoot().squareRoot().squareRoot().squareRoot()
      let factor = max(1.05, ratio)
      return (low / factor)...(high * factor)
    }
  }
}

extension GnuplotScript {
  private static let small = "font '\(Theme.font),\(Theme.smallFontSize)'"

  mutating func draw(_ plot: CurvePlot, in cell: Rect, on canvas: Canvas) {
    let key = plot.key(width: cell.width)
    let body = cell.inset(
      left: plot.leftMargin, top: key.height, right: PlotMargins.right,
      bottom: PlotMargins.bottom)
    beginAxes(body, on: canvas)
    key.draw(left: body.left, top: cell.top, on: canvas, into: &self)
    let points = plot.curves.flatMap(\.points)
    setAxis("x", plot.x, plot.x.shown(points.map(\.x), padding: 0.04))
    setAxis("y", plot.y, plot.shownHeights)
    command(canvas.label(plot.x.label, body.middleX, cell.bottom - 6))
    command(canvas.label(plot.y.label, cell.left + 8, body.middleY, upright: true))
    var parts = plot.references.map { $0.plotted }
    for (index, curve) in plot.spread.enumerated() where !curve.points.isEmpty {
      parts += drawn(curve, Theme.style(index), on: canvas)
    }
    guard !parts.isEmpty else { return drawLabels(on: canvas) }
    command("plot " + parts.joined(separator: ", "))
  }

  private mutating func drawn(
    _ curve: CurvePlot.Curve, _ style: Theme.SeriesStyle, on canvas: Canvas
  ) -> [String] {
    let points = curve.points.sorted { $0.x < $1.x }
    let name = data(points.flatMap { [$0.x, $0.y, $0.halfWidth ?? .nan] }, columns: 3)
    let color = "linecolor rgb '\(style.color)'"
    let kind =
      curve.showsMarkers
      ? "linespoints pointtype \(style.marker) pointsize 0.55" : "lines"
    let line = "\(name) using 1:2 with \(kind) dashtype \(style.dash) lw 1.5 \(color) notitle"
    guard points.contains(where: { $0.halfWidth != nil }) else { return [line] }
    return [Self.interval(name, style.color, on: canvas), line]
  }

  /// Intervals as lines with two ends: gnuplot's own error bars blank out what is behind a value.
  private static func interval(_ name: String, _ color: String, on canvas: Canvas) -> String {
    "\(name) using 1:($2-$3):(0):(2*$3) with vectors heads "
      + "size screen \(number(2 / canvas.width)),90 nofilled lw 1 linecolor rgb '\(color)' notitle"
  }

  mutating func draw(_ plot: BarPlot, in cell: Rect, on canvas: Canvas) {
    let key = plot.key(width: cell.width)
    let slanted = plot.slantsNames(width: cell.width)
    let body = cell.inset(
      left: plot.leftMargin, top: key.height, right: PlotMargins.right,
      bottom: PlotMargins.groups + plot.groupNamesHeight(width: cell.width))
    beginAxes(body, on: canvas)
    key.draw(left: body.left, top: cell.top, on: canvas, into: &self)
    setAxis("y", plot.y, plot.shownHeights)
    command(canvas.label(plot.y.label, cell.left + 8, body.middleY, upright: true))
    let turn = slanted ? "rotate by 30 right offset 0.6,0" : "norotate offset 0,0.4"
    command("set xtics nomirror scale 0 \(Self.ticks(plot.groups)) \(turn) \(Self.small)")
    command("set xrange [-0.6:\(Self.number(Double(plot.groups.count) - 0.4))]")
    let barWidth = 0.8 / Double(max(1, plot.series.count))
    var parts: [String] = []
    for (index, series) in plot.series.enumerated() {
      let shift = (Double(index) - Double(plot.series.count - 1) / 2) * barWidth
      let rows = zip(0..., series.values.prefix(plot.groups.count)).compactMap { group, value in
        value.map { [Double(group) + shift, $0.mean, $0.halfWidth ?? .nan] }
      }
      guard !rows.isEmpty else { continue }
      let style = Theme.style(index)
      let name = data(rows.flatMap { $0 }, columns: 3)
      let (half, base) = (Self.number(barWidth * 0.47), Self.number(plot.base))
      parts.append(
        "\(name) using 1:2:($1-\(half)):($1+\(half)):(\(base)):2 with boxxyerror "
          + "fillstyle \(style.fill) border rgb '\(Theme.ink)' "
          + "fillcolor rgb '\(style.color)' lw 0.6 notitle")
      if rows.contains(where: { $0[2].isFinite }) {
        parts.append(Self.interval(name, Theme.ink, on: canvas))
      }
    }
    guard !parts.isEmpty else { return drawLabels(on: canvas) }
    if plot.shownHeights.contains(plot.base) {
      parts.append(
        "\(Self.number(plot.base)) with lines linewidth 0.8 linecolor rgb '\(Theme.ink)' notitle")
    }
    parts += plot.references.map { $0.plotted }
    command("plot " + parts.joined(separator: ", "))
  }

  private mutating func beginAxes(_ body: Rect, on canvas: Canvas) {
    command(canvas.margins(body))
    command("set border 3 linewidth 0.8 linecolor rgb '\(Theme.ink)'")
    command("set tics nomirror out scale 0.6 \(Self.small)")
    command("set xtics offset 0,0.4")
    command("set grid ytics noxtics linewidth 0.4 linecolor rgb '#D0D0D0' dashtype solid")
  }

  private mutating func setAxis(_ name: String, _ axis: Axis, _ range: ClosedRange<Double>) {
    if axis.scale == .logarithmic { command("set logscale \(name)") }
    let low = Self.number(range.lowerBound)
    command("set \(name)range [\(low):\(Self.number(range.upperBound))]")
    if !axis.ticks.isEmpty {
      let list = axis.ticks.map { "\(Self.tickName($0.name)) \(Self.number($0.place))" }
      command("set \(name)tics (\(list.joined(separator: ", ")))")
    }
  }
}

extension CurvePlot.Reference {
  fileprivate var plotted: String {
    "\(GnuplotScript.number(y)) with lines dashtype \(Self.dash) linewidth 1.2 "
      + "linecolor rgb '\(Theme.faint)' notitle"
  }
}

extension BarPlot {
  /// The axis ends at the base, unless bars go below it or the axis has a range.
  fileprivate var shownHeights: ClosedRange<Double> {
    if y.range != nil || y.scale == .logarithmic { return y.shown(ends, padding: 0) }
    let low = min(base, ends.min() ?? base)
    let high = max(base, ends.max() ?? base)
    // Bars of no height stand on the axis; it has a range as if they had some.
    guard Axis.spans(low, high) else { return base...(base + max(1, base.magnitude * 0.1)) }
    let room = (high - low) * 0.06
    return (low < base ? low - room : base)...(high > base ? high + room : base)
  }

  private var ends: [Double] {
    series.flatMap(\.values).compactMap { $0 }
      .flatMap { [$0.mean - ($0.halfWidth ?? 0), $0.mean + ($0.halfWidth ?? 0)] }
      .filter(\.isFinite) + references.map(\.y)
  }
}
