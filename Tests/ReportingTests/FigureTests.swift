import Experiments
import Foundation
import Reporting
import Testing

/// Whether gnuplot is on this machine; without it nothing can be drawn.
let figuresCanBeDrawn = ["/usr/bin/gnuplot", "/usr/local/bin/gnuplot"].contains {
  FileManager.default.isExecutableFile(atPath: $0)
}

/// MEREPL_GALLERY names a folder to keep the figures in, for looking at them.
private let gallery =
  ProcessInfo.processInfo.environment["MEREPL_GALLERY"]
  ?? NSTemporaryDirectory() + "merepl-gallery-\(getpid())"

@Suite(.enabled(if: figuresCanBeDrawn, "gnuplot is not installed"), .serialized)
struct FigureTests {
  @Test(arguments: FigureGallery.all.map(\.name))
  func everyKindIsDrawnWithTheSameBytesTwice(_ name: String) throws {
    let figure = try #require(FigureGallery.all.first { $0.name == name }).figure
    let svg = "\(gallery)/\(name).svg"
    let png = "\(gallery)/\(name).png"
    let renderer = FigureRenderer()
    var seen: [[Data]] = []
    for _ in 0..<2 {
      try renderer.render(figure, svg: svg, png: png)
      seen.append(try [svg, png].map { try Data(contentsOf: URL(filePath: $0)) })
    }
    #expect(seen[0] == seen[1])
    #expect(seen[0][0].starts(with: Data("<?xml".utf8)))
    #expect(String(decoding: seen[0][0], as: UTF8.self).contains("</svg>"))
    #expect(seen[0][1].starts(with: [0x89, 0x50, 0x4E, 0x47]))
    #expect(seen[0][1].count > 3000)
  }
}

@Suite struct FigureContentTests {
  @Test func hashFollowsWhatIsDrawn() {
    let hashes = FigureGallery.all.map { $0.figure.contentHash }
    #expect(Set(hashes).count == hashes.count)
    #expect(FigureGallery.heads.contentHash == FigureGallery.heads.contentHash)
    var figure = FigureGallery.strips
    guard case .image(var frame) = figure.rows[0][0].content else { return }
    frame.pixels[5] ^= 1
    figure.rows[0][0].content = .image(frame)
    #expect(figure.contentHash != FigureGallery.strips.contentHash)
  }

  @Test func barsOfATable() throws {
    var table = ResultTable(title: "T", columns: [.measured("a"), .published("a"), .measured("b")])
    try table.addRow("x", [.measured([1, 3]), .published(9), .empty])
    let plot = try BarPlot(table, y: Axis("accuracy (%)"))
    #expect(plot.groups == ["a", "b"])
    #expect(plot.series[0].values[0]?.mean == 2 && plot.series[0].values[1] == nil)
    #expect(throws: TableError.self) { try BarPlot(table, columns: ["c"], y: Axis("y")) }
  }

  @Test func mapsStandSideBySideOnWhite() {
    let maps = [
      HeatMap([0, 1], height: 1, width: 2), HeatMap([1], height: 1, width: 1, range: 0...1),
    ]
    let strip = HeatMap.strip(maps, cell: 2)
    #expect(strip.height == 2 && strip.width == 4 + 1 + 2)
    let row = (0..<strip.width).map { Array(strip.pixels[$0 * 3..<$0 * 3 + 3]) }
    #expect(row[0] == [68, 1, 84] && row[0] == row[1], "the dark end of the scale")
    #expect(row[2] == [253, 231, 37] && row[2] == row[3] && row[2] == row[6], "the bright end")
    #expect(row[4] == [255, 255, 255], "the space between maps")
  }

  @Test func mapsAndPictures() {
    let map = HeatMap([0, 1, 2, .nan], height: 2, width: 2)
    #expect(map.shownRange == 0...2)
    #expect(HeatMap([3, 3], height: 1, width: 2).shownRange == 2.5...3.5)
    let picture = Frame(values: [0, 0.5, 1, 2, -1, .nan], height: 1, width: 2)
    #expect(picture.pixels == [0, 128, 255, 255, 0, 0])
    let lit = Frame(pixels: Array(repeating: 100, count: 12), height: 2, width: 2)
      .overlaid(HeatMap([1, 0, 0, 0], height: 2, width: 2), style: .spotlight, opacity: 1)
    #expect(lit.pixels[0] == 100 && lit.pixels[3] == 0)
    #expect(lit.overlaid(map, scale: 3).width == 6)
  }
}

@Suite struct FigureErrorTests {
  @Test func missingGnuplotSaysHowToInstallIt() throws {
    let renderer = FigureRenderer(program: "/nonexistent/gnuplot")
    let error = #expect(throws: FigureError.self) {
      try renderer.render(FigureGallery.matrix, svg: NSTemporaryDirectory() + "never.svg")
    }
    #expect(error?.description.contains("apt-get install gnuplot-nox") == true)
  }

  /// A program that neither reads nor ends must not hold the run up.
  @Test func hangingProgramIsEnded() throws {
    let program = NSTemporaryDirectory() + "hanging-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: program) }
    // Written by another process: the kernel runs no file that this one may still hold open.
    let writer = Process()
    writer.executableURL = URL(filePath: "/bin/sh")
    writer.arguments = [
      "-c", "printf '#!/bin/sh\\nexec sleep 60\\n' > \(program); chmod 755 \(program)",
    ]
    try writer.run()
    writer.waitUntilExit()
    let start = ContinuousClock.now
    let renderer = FigureRenderer(program: program, timeLimit: 0.5)
    #expect(throws: FigureError.timedOut) {
      try renderer.render(FigureGallery.strips, png: NSTemporaryDirectory() + "never.png")
    }
    #expect(start.duration(to: .now) < .seconds(20))
  }

  /// A program that goes away while it is written to is an error, not the end of this process.
  @Test func vanishingProgramIsAnError() throws {
    let error = #expect(throws: FigureError.self) {
      try FigureRenderer(program: "/bin/false").render(
        FigureGallery.strips, png: NSTemporaryDirectory() + "never.png")
    }
    #expect(error?.description.contains("could not draw") == true)
  }
}
