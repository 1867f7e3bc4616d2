import Foundation

extension FigureRenderer {
  /// What gnuplot's text terminal draws.
  func text(_ script: GnuplotScript, terminal: String) throws -> String {
    String(decoding: try draw(script, terminal: terminal), as: UTF8.self)
  }

  /// The figure as a sixel picture, as wide as the terminal or as wide as it is in print.
  /// - Parameter cell: the size of a character in pixels
  public func sixel(_ figure: Figure, columns: Int, cell: TerminalStyle.Cell) throws -> String {
    try figure.requireDrawable()
    let layout = FigureLayout(figure)
    let script = figure.script(layout)
    let room = Double(columns * cell.width)
    // Small type needs some 1.2 pixels for each of 1/96 inch to be read.
    let scale = max(0.8, min(1.6, room / layout.width))
    let width = Int((layout.width * scale).rounded())
    let height = Int((layout.height * scale).rounded())
    return try text(
      script.replacing(script.missingLetters),
      terminal: "set terminal sixelgd size \(width),\(height) noenhanced truecolor "
        + "font '\(Theme.font),\(GnuplotScript.number(Theme.fontSize * scale * 0.75))' "
        + "background rgb 'white'")
  }
}
