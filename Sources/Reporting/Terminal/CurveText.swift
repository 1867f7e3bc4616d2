/// Curves as characters, drawn by gnuplot's `dumb` terminal.
struct CurveText {
  /// Light enough for dark terminals and dark enough for light ones; Okabe and Ito's.
  private static let colors = [
    "#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#999999",
  ]

  let style: TerminalStyle

  init(_ style: TerminalStyle) { self.style = style }

  func panel(_ plot: CurvePlot, columns: Int) -> TextPanel {
    if let fault = plot.fault {
      return TextPanel(plain: ["cannot draw the curves: \(fault)"] + Self.numbers(plot))
    }
    // gnuplot's margins need some room of their own.
    let width = max(40, min(columns, 100))
    // The key stands below the plot, a line for each name.
    let height = max(12, min(24, width / 4)) + plot.curves.count + plot.references.count
    do {
      let text = try FigureRenderer().text(script(plot), terminal: terminal(width, height))
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      while lines.last.map(Self.isBlank) == true { lines.removeLast() }
      while lines.first.map(Self.isBlank) == true { lines.removeFirst() }
      return TextPanel(drawn: Self.closed(lines), width: width)
    } catch {
      return TextPanel(plain: ["cannot draw the curves: \(error)"] + Self.numbers(plot))
    }
  }

  private func terminal(_ width: Int, _ height: Int) -> String {
    let colors = style.colors >= .palette ? "ansi256" : style.colors == .basic ? "ansi" : "mono"
    return "set terminal dumb size \(width),\(height) noenhanced \(colors)"
  }

  /// The same with colours that end where their line does: gnuplot lets them run on.
  private static func closed(_ lines: [String]) -> [String] {
    let reset = "\u{1B}[0m"
    var open = ""
    return lines.map { line in
      let begun = open + line
      let last = line.ranges(of: #/\u{1B}\[[0-9;]*m/#).last.map { String(line[$0]) } ?? open
      open = last.isEmpty || last.contains("[0") || last.hasSuffix("39m") ? "" : last
      return open.isEmpty ? begun : begun + reset
    }
  }

  /// Nothing but spaces and escape sequences.
  private static func isBlank(_ line: String) -> Bool {
    line.replacing(#/\u{1B}\[[0-9;]*m/#, with: "").allSatisfy { $0.isWhitespace }
  }

  private func script(_ plot: CurvePlot) -> GnuplotScript {
    var script = GnuplotScript()
    script.command("set encoding utf8; set key bmargin center")
    script.command("set xlabel \(GnuplotScript.quoted(plot.x.label))")
    script.command("set title \(GnuplotScript.quoted(plot.y.label))")
    let points = plot.curves.flatMap(\.points)
    let heights = points.flatMap { [$0.y - ($0.halfWidth ?? 0), $0.y + ($0.halfWidth ?? 0)] }
    setAxis("x", plot.x, plot.x.shown(points.map(\.x), padding: 0.06), &script)
    setAxis("y", plot.y, plot.y.shown(heights + plot.references.map(\.y), padding: 0.08), &script)
    var parts: [String] = []
    for (index, curve) in plot.curves.enumerated() where !curve.points.isEmpty {
      let sorted = curve.points.sorted { $0.x < $1.x }
      let name = script.data(
        sorted.flatMap { [$0.x, $0.y, $0.halfWidth ?? .nan] }, columns: 3)
      let color = "linecolor rgb '\(Self.colors[index % Self.colors.count])'"
      let hasIntervals = curve.points.contains { $0.halfWidth != nil }
      let kind = curve.showsMarkers ? "linespoints" : "lines"
      if hasIntervals {
        parts.append("\(name) using 1:2:3 with yerrorbars pointtype 0 \(color) notitle")
      }
      parts.append(
        "\(name) using 1:2 with \(kind) pointtype \(index + 1) \(color) "
          + "title \(GnuplotScript.quoted(curve.name))")
    }
    parts += plot.references.map {
      "\(GnuplotScript.number($0.y)) with dots linecolor rgb '#999999' "
        + "title \(GnuplotScript.quoted($0.name))"
    }
    script.command("plot " + (parts.isEmpty ? "-1 notitle" : parts.joined(separator: ", ")))
    return script
  }

  private func setAxis(
    _ name: String, _ axis: Axis, _ range: ClosedRange<Double>, _ script: inout GnuplotScript
  ) {
    let ends =
      "\(GnuplotScript.number(range.lowerBound)):\(GnuplotScript.number(range.upperBound))"
    script.command("set \(name)range [\(ends)]")
    if axis.scale == .logarithmic { script.command("set logscale \(name)") }
    if !axis.ticks.isEmpty {
      let ticks = axis.ticks.map {
        "\(GnuplotScript.tickName($0.name)) \(GnuplotScript.number($0.place))"
      }
      script.command("set \(name)tics (\(ticks.joined(separator: ", ")))")
    }
  }

  /// What there is to see, where gnuplot is not.
  private static func numbers(_ plot: CurvePlot) -> [String] {
    plot.curves.map { curve in
      let points = curve.points.prefix(20).map {
        "\(NumberText.short($0.x)): \(NumberText.short($0.y))"
      }
      let more = curve.points.count > 20 ? "  ..." : ""
      return "\(curve.name)  \(points.joined(separator: "  "))\(more)"
    }
  }
}
