import Foundation
import Reporting
import Testing

struct TerminalDrawingTests {
  static let full = TerminalStyle(colors: .full)
  static let ascii = TerminalStyle(isUnicode: false)

  /// A text without its escape sequences.
  static func plain(_ text: String) -> String {
    text.replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
  }

  /// One panel of each kind.
  static let everything = Figure(
    rows: [
      [
        Panel(
          .map(HeatMap((0..<48).map { Float($0) }, height: 6, width: 8)), title: "map",
          isFramed: true),
        Panel(.image(Frame(pixels: [UInt8](repeating: 90, count: 300), height: 10, width: 10))),
      ],
      [
        Panel(
          .curves(
            CurvePlot(
              [
                .init("loss", [.init(1, 2, halfWidth: 0.5), .init(2, 1, halfWidth: 0.2)]),
                .init("other", [.init(1, 1.5), .init(2, 1.2)]),
              ], x: Axis("steps"), y: Axis("loss"), references: [.init("chance", at: 1.8)])))
      ],
      [
        Panel(
          .bars(
            BarPlot(
              groups: ["a", "b"],
              series: [.init("ours", [.init(3, halfWidth: 1), .init(2)])], y: Axis("accuracy (%)")))
        )
      ],
      [
        Panel(
          .text(
            StyledText([
              [.init("a", isSelected: true, score: 1.5), .init("sentence", score: 0.25)]
            ])))
      ],
    ], title: "Everything", rowTitles: ["maps", "curves", "bars", "words"],
    note: "a note that is long enough to take several lines where there is little room for it",
    colorBar: ColorBar(label: "attention", range: 0...1))

  // MARK: Exact pictures

  @Test func halfBlocksShowTwoPixelsEach() {
    let red = "\u{1B}[38;2;255;0;0m\u{1B}[48;2;0;0;255m▀"
    let exact = Figure(
      .image(
        Frame(
          pixels: (0..<12 * 2).flatMap { $0 < 12 ? [255, 0, 0] : [0, 0, 255] as [UInt8] },
          height: 2, width: 12)))
    #expect(
      exact.text(in: Self.full) == red + String(repeating: "▀", count: 11) + "\u{1B}[0m")
  }

  @Test func shadesGrowWithTheValue() {
    let map = HeatMap([0, 1, 2, 3, 4, .nan], height: 1, width: 6, range: 0...5)
    let figure = Figure(.map(map))
    let one = figure.text(in: TerminalStyle(columns: 20)).split(separator: "\n")[0]
    let marks = one.reduce(into: [Character]()) { if $0.last != $1 { $0.append($1) } }
    #expect(marks == [" ", "░", "▒", "▓", "█", "?"])
    let letters = figure.text(in: TerminalStyle(columns: 20, isUnicode: false))
    #expect(letters.utf8.allSatisfy { $0 < 128 })
    #expect(letters.hasSuffix("??") && letters.contains(":") && !letters.contains("░"))
  }

  @Test func aPaletteHasTheNearestColour() {
    let frame = Frame(
      pixels: [UInt8](repeating: 0, count: 36) + [UInt8](repeating: 128, count: 36), height: 2,
      width: 12)
    let text = Figure(.image(frame)).text(in: TerminalStyle(colors: .palette))
    #expect(text.hasPrefix("\u{1B}[38;5;16m\u{1B}[48;5;244m▀"))
  }

  // MARK: Laws

  @Test(arguments: [20, 31, 40, 80, 100, 200])
  func linesFit(columns: Int) {
    for colors in [TerminalStyle.Colors.none, .basic, .palette, .full] {
      for isUnicode in [true, false] {
        let style = TerminalStyle(columns: columns, colors: colors, isUnicode: isUnicode)
        let text = Self.everything.text(in: style)
        for line in Self.plain(text).split(separator: "\n") where !line.contains("\u{1B}") {
          // gnuplot needs 40 columns for a plot.
          #expect(line.count <= max(columns, 40 + columns / 4), "\(columns) columns: \(line)")
        }
        #expect(colors != .none || !text.contains("\u{1B}"))
        #expect(isUnicode || text.utf8.allSatisfy { $0 < 128 }, "\(text)")
      }
    }
  }

  @Test func everyLineEndsWithoutColour() {
    for line in Self.everything.text(in: Self.full).split(separator: "\n") {
      guard let last = line.ranges(of: #/\u{1B}\[[0-9;]*m/#).last else { continue }
      let resets = ["\u{1B}[0m", "\u{1B}[0;39m", "\u{1B}[0;39;49m"]
      #expect(resets.contains(String(line[last])), "\(line)")
    }
  }

  @Test(arguments: [60, 100])
  func nothingIsDrawnOverTheKey(columns: Int) {
    let plot = CurvePlot(
      [.init("relative error", [.init(1, 1), .init(2, 2), .init(3, 3)])], x: Axis("steps"),
      y: Axis("error"))
    let text = Figure(.curves(plot)).text(in: TerminalStyle(columns: columns))
    let lines = text.split(separator: "\n").map(String.init)
    let key = lines.firstIndex { $0.contains("relative error") }
    let label = lines.firstIndex { $0.contains("steps") }
    #expect(key ?? 0 > label ?? .max, "\(text)")
    #expect(lines.last?.contains("relative error *") == true, "\(text)")
  }

  @Test func largeMapsAreAveraged() {
    let map = HeatMap(
      (0..<400 * 300).map { Float($0 % 400 < 200 ? 0 : 1) }, height: 300, width: 400)
    let lines = Figure(.map(map)).text(in: TerminalStyle(columns: 40)).split(separator: "\n")
    #expect(lines.count == 24)
    let row = String(repeating: " ", count: 20) + String(repeating: "█", count: 20)
    #expect(lines.allSatisfy { $0 == row })
  }

  @Test func curvesHaveTheirNamesAndLabels() {
    let text = Self.everything.text(in: Self.ascii)
    for word in ["loss", "other", "chance", "steps", "accuracy (%)", "3.00 +- 1.00", "[a]"] {
      #expect(text.contains(word), "\(word)")
    }
  }

  @Test func selectedWordsAreInBracketsWhereThereIsNoColour() {
    let text = StyledText([
      [.init("the", score: 1.25), .init("red", isSelected: true, score: 10.5), .init("x")]
    ])
    #expect(Figure(.text(text)).text(in: .plain) == "the  [red] x\n1.25 10.50")
    let colored = Figure(.text(text)).text(in: Self.full)
    #expect(Self.plain(colored) == "the  red   x\n1.25 10.50")
    #expect(colored.contains("48;2;255;210;138"))
  }

  // MARK: Tables

  @Test func tablesAlignAndNameWhatDoesNotFit() {
    let table = TextTable(
      [.init("name", isNumber: false), .init("score"), .init("kept", isNumber: false)],
      rows: [.init(["a", "1.50", "*"], isSelected: true), .init(["long name", "10.25", ""])])
    #expect(
      table.text(in: Self.ascii) == """
        name       score  kept
        ----------------------
        a           1.50  *
        long name  10.25
        """)
    let narrow = table.text(in: TerminalStyle(columns: 18, isUnicode: false))
    #expect(narrow.hasSuffix("too narrow to show: kept"))
    #expect(table.text(in: Self.full).contains("\u{1B}[1;38;2;240;160;30ma"))
  }

  // MARK: Sixel

  @Test func sixelPicturesAreAsWideAsTheTerminal() throws {
    let cell = TerminalStyle.Cell(width: 8, height: 16)
    let figure = Figure(
      rows: [[Panel(.map(HeatMap([0, 1, 2, 3], height: 2, width: 2)))]], width: .page)
    let picture = try FigureRenderer().sixel(figure, columns: 80, cell: cell)
    #expect(picture.hasPrefix("\u{1B}Pq\"1;1;640;"))
    #expect(picture.hasSuffix("\u{1B}\\"))
    #expect(try FigureRenderer().sixel(figure, columns: 80, cell: cell) == picture)
  }
}
