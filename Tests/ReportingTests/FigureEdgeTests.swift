import Foundation
import Reporting
import Testing

/// Figures of numbers that gnuplot has no range for, and of numbers that it cannot compute with.
@Suite(.enabled(if: figuresCanBeDrawn, "gnuplot is not installed"))
struct FigureEdgeTests {
  static func bars(_ values: [Double], from base: Double = 0) -> Figure {
    Figure(
      .bars(
        BarPlot(
          groups: ["g"], series: values.enumerated().map { .init("s\($0)", [.init($1)]) },
          y: Axis("y"), base: base)))
  }

  static func line(_ x: [Double], _ y: [Double], halfWidth: Double? = nil) -> Figure {
    Figure(
      .curves(
        CurvePlot(
          [.init("c", zip(x, y).map { .init($0, $1, halfWidth: halfWidth) })], x: Axis("x"),
          y: Axis("y"))))
  }

  static let drawable: [(String, Figure)] = [
    ("zeros", bars([0, 0])), ("minus zero", bars([-0.0])), ("at the base", bars([25], from: 25)),
    ("far base", bars([1e15], from: 1e15)), ("nearly the base", bars([1e15 + 1], from: 1e15)),
    ("no bars", Figure(.bars(BarPlot(groups: ["g"], series: [], y: Axis("y"))))),
    ("no value", Figure(.bars(BarPlot(groups: ["g"], series: [.init("s", [nil])], y: Axis("y"))))),
    ("all below", bars([-3], from: 0)), ("tiny bars", bars([1e-150, 2e-150])),
    ("large bars", bars([1e150], from: -1e150)),
    ("an interval of nothing", line([1], [5], halfWidth: 0)),
    ("one point", line([1], [5])), ("equal places", line([2, 2], [1, 2])),
    ("equal heights", line([1, 2], [7, 7])), ("neighbours", line([1, 2], [1, 1 + 0x1p-52])),
    ("near 2^63", line([1, 2], [9.223372036854775e18, 9.223372036854776e18])),
    ("both ends", line([-1e150, 1e150], [1e150, -1e150], halfWidth: 1e150)),
    ("tiny", line([0, 1e-150], [0, -1e-150])),
    (
      "an empty range",
      Figure(
        .bars(
          BarPlot(
            groups: ["g"], series: [.init("s", [.init(2)])], y: Axis("y", range: 3...3))))
    ),
    ("one value", Figure(.map(HeatMap([4], height: 1, width: 1)))),
    ("equal values", Figure(.map(HeatMap([4, 4], height: 1, width: 2, range: 4...4)))),
    ("no number", Figure(.map(HeatMap([.nan, .infinity], height: 1, width: 2)))),
    (
      "a colour",
      Figure(
        rows: [[Panel(.map(HeatMap([4], height: 1, width: 1)))]],
        colorBar: ColorBar(label: "c", range: 4...4))
    ),
    (
      "largest colours",
      Figure(
        .map(HeatMap([.greatestFiniteMagnitude, -.greatestFiniteMagnitude], height: 1, width: 2)))
    ),
  ]

  @Test(arguments: drawable.map(\.0))
  func isDrawn(_ name: String) throws {
    let figure = try #require(Self.drawable.first { $0.0 == name }).1
    let file = NSTemporaryDirectory() + "edge-\(UUID().uuidString).svg"
    defer { try? FileManager.default.removeItem(atPath: file) }
    try FigureRenderer().render(figure, svg: file)
    #expect(try String(contentsOfFile: file, encoding: .utf8).contains("</svg>"))
    #expect(!figure.text(in: .plain).contains("cannot draw"))
  }

  static let refused: [(String, Figure)] = [
    ("1e+308", line([1e308, -1e308], [1, 2])),
    ("5e-324", line([1, 2], [Double.leastNonzeroMagnitude, 1])),
    ("nan", line([1, 2], [.nan, 1])), ("inf", line([1], [1], halfWidth: .infinity)),
    ("1e+308", bars([1e308], from: -1e308)), ("-1e+308", bars([1], from: -1e308)),
    (
      "1e+300",
      Figure(
        .bars(BarPlot(groups: [], series: [], y: Axis("y"), references: [.init("r", at: 1e300)])))
    ),
    ("1e+200", Figure(.curves(CurvePlot([], x: Axis("x", ticks: [(1e200, "t")]), y: Axis("y"))))),
  ]

  /// By the value that the message names; the terminal says it, too.
  @Test(arguments: refused.indices)
  func saysWhichNumberIsOutOfRange(_ index: Int) throws {
    let (value, figure) = Self.refused[index]
    let error = #expect(throws: FigureError.self) {
      try FigureRenderer().render(figure, svg: NSTemporaryDirectory() + "never.svg")
    }
    #expect(error?.description.contains(value) == true, "\(String(describing: error))")
    #expect(!figure.text(in: .plain).isEmpty)
  }
}
