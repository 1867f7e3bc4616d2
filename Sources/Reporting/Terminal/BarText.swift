/// Bars as lines of characters: a group under its name, a bar and its number for each series.
struct BarText {
  let style: TerminalStyle

  init(_ style: TerminalStyle) { self.style = style }

  func panel(_ plot: BarPlot, columns: Int) -> TextPanel {
    let ink = Ink(style)
    let values = plot.series.flatMap { $0.values.compactMap { $0?.mean } }
    let low = min(0, values.min() ?? 0)
    let high = max(values.max() ?? 1, plot.references.map(\.y).max() ?? 0)
    let names = min(columns / 3, plot.series.map { TableText.width($0.name) }.max() ?? 0)
    let numbers = plot.series.flatMap { $0.values.map(number) }
    let room = max(8, columns - names - 4 - (numbers.map(TableText.width).max() ?? 0))
    var lines = [plot.y.label]
    for (place, group) in plot.groups.enumerated() {
      lines.append(ink.bold(group))
      for series in plot.series where place < series.values.count {
        guard let value = series.values[place] else { continue }
        let name = TableText.padded(
          TableText.cut(series.name, to: names), to: names, right: false)
        // Halves: the whole distance may be too large for a number.
        let share = high > low ? (value.mean / 2 - low / 2) / (high / 2 - low / 2) : 0
        let bar = TextBar.text(share, width: room, style: style)
        let gap = TableText.padded(bar, to: room, right: false)
        lines.append("  \(name) \(colored(gap)) \(number(value))")
      }
    }
    lines += plot.references.map { "\($0.name): \(NumberText.short($0.y))" }
    return TextPanel(drawn: lines, width: columns)
  }

  private func colored(_ bar: String) -> String {
    let ink = Ink(style)
    let color = ink.foreground(SIMD3(86, 180, 233))
    return color.isEmpty ? bar : color + bar + ink.reset
  }

  private func number(_ value: BarPlot.Value?) -> String {
    guard let value else { return "" }
    let mean = NumberText.fixed(value.mean, digits: 2)
    guard let half = value.halfWidth else { return mean }
    return mean + (style.isUnicode ? " ± " : " +- ") + NumberText.fixed(half, digits: 2)
  }
}
