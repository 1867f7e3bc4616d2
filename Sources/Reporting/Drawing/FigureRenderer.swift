import Experiments
import Files
import Foundation
import GnuplotIOStream

/// Draws figures with gnuplot. The same figure gives the same bytes on every run.
public struct FigureRenderer: Sendable {
  /// Absolute path of gnuplot; the one along PATH when nil.
  public var program: String?
  /// Seconds one file may take.
  public var timeLimit: Double
  /// Pixels of a png for each pixel of 1/96 inch: 3 gives 288 dots per inch.
  public var pngScale: Double

  public init(program: String? = nil, timeLimit: Double = 120, pngScale: Double = 3) {
    self.program = program
    self.timeLimit = timeLimit
    self.pngScale = pngScale
  }

  /// Draws `figure` into the files named; each is replaced as a whole.
  /// - Parameter root: the folder that the names begin at, and below which no link is followed;
  ///   nil for files that the user named
  /// - Returns: the letters that no font has; the svg holds them, the png a sign in their place
  @discardableResult
  public func render(
    _ figure: Figure, svg: String? = nil, png: String? = nil, below root: String? = nil
  ) throws -> MissingLetters {
    func write(_ data: Data, to path: String) throws {
      guard let root else {
        try Folders.make(PathText.folder(of: path))
        return try WholeFile.write(data, to: path)
      }
      try WholeFile.write(data, below: root, to: path, .counted)
    }
    try figure.requireDrawable()
    let layout = FigureLayout(figure)
    let script = figure.script(layout)
    if let svg {
      let data = try draw(script, terminal: Self.svgTerminal(layout))
      try write(SVGText.polished(data, title: figure.title), to: svg)
    }
    let missing = script.missingLetters
    if let png {
      try write(
        try draw(script.replacing(missing), terminal: pngTerminal(layout)), to: png)
    }
    return MissingLetters(missing)
  }

  // MARK: Terminals

  private static func svgTerminal(_ layout: FigureLayout) -> String {
    "set terminal svg size \(Int(layout.width)),\(Int(layout.height)) noenhanced "
      + "font '\(Theme.font),\(Theme.fontSize)' background rgb 'white' linewidth 1"
  }

  /// pngcairo takes font sizes in points of 1/72 inch, hence the factor 3/4.
  private func pngTerminal(_ layout: FigureLayout) -> String {
    let width = Int((layout.width * pngScale).rounded())
    let height = Int((layout.height * pngScale).rounded())
    return "set terminal pngcairo size \(width),\(height) noenhanced "
      + "font '\(Theme.font),\(Theme.fontSize)' fontscale \(pngScale * 0.75) "
      + "linewidth \(pngScale) pointscale \(pngScale)"
  }

  // MARK: Sessions

  /// One gnuplot process from start to end.
  /// - Returns: the bytes of the file it drew
  func draw(_ script: GnuplotScript, terminal: String) throws -> Data {
    let folder = try Folders.makeTemporary(prefix: "figure-")
    defer { Folders.remove(folder) }
    let output = folder + "/figure"

    let session = try GnuplotSession(
      program: program, timeLimit: timeLimit, folder: folder)
    try session.command(terminal)
    try session.command("set output \(GnuplotScript.quoted(output))")
    for item in script.items {
      switch item {
      case .command(let text): try session.command(text)
      case .data(let name, let values, let columns):
        try session.data(name, values, columns: columns)
      case .pixels(let frame): try session.pixels(frame)
      }
    }
    try session.command("set output")
    try session.finish()
    guard let data = RegularFile.contents(output), !data.isEmpty else {
      throw FigureError.failed("gnuplot wrote no file")
    }
    return data
  }
}
