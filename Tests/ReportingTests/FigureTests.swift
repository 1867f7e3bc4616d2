import Experiments
import Foundation
import Reporting
import Testing

/// Whether gnuplot is on this machine; without it nothing can be drawn.
private let hasGnuplot = ["/usr/bin/gnuplot", "/usr/local/bin/gnuplot"].contains {
  FileManager.default.isExecutableFile(atPath: $0)
}

/// MEREPL_GALLERY names a folder to keep the figures in, for looking at them.
private let gallery =
  ProcessInfo.processInfo.environment["MEREPL_GALLERY"]
  ?? NSTemporaryDirectory() + "merepl-gallery-\(getpid())"

@Suite(.enabled(if: hasGnuplot, "gnuplot is not installed"), .serialized)
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
