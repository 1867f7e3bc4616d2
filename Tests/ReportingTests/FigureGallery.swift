import Foundation
import Reporting

/// One figure of each kind, from made-up numbers.
enum FigureGallery {
  static var all: [(name: String, figure: Figure)] {
    [
      ("curves", curves), ("bars", bars), ("bars-from-chance", barsFromChance),
      ("few-bars", fewBars), ("heads", heads),
      ("strips", strips), ("sample", sample), ("zoom", zoom), ("matrix", matrix),
    ]
  }

  static let curves = Figure(
    .curves(
      CurvePlot(
        [
          .init("no alignment", points([31.6, 39.8, 58.0, 82.4], 1.4)),
          .init("average pooling", points([33.0, 44.8, 62.1, 83.0], 1.9)),
          .init("MHS + MTTI", points([41.0, 60.4, 78.2, 90.1], 1.6)),
          .init("true object (oracle)", points([55.1, 81.4, 89.0, 92.8], 1.2)),
        ],
        x: Axis(
          "training samples", scale: .logarithmic,
          ticks: [(300, "300"), (1000, "1k"), (2000, "2k"), (3000, "3k")]),
        y: Axis("accuracy (%)", range: 20...100), references: [.init("chance", at: 25)])),
    note: "mini scale: shows whether the mechanism appears, not the paper's percentages")

  private static func points(_ values: [Double], _ halfWidth: Double) -> [CurvePlot.Point] {
    zip([300.0, 1000, 2000, 3000], values).map { .init($0, $1, halfWidth: halfWidth) }
  }

  static let bars = Figure(
    .bars(
      BarPlot(
        groups: ["MR", "LM", "AO", "RC", "MO", "CM"],
        series: [
          .init("no alignment", [39, 45, 31, 28, 50, 61].map { .init($0, halfWidth: 2) }),
          .init("shuffled target", [38, 44, 32, 27, 51, 60].map { .init($0, halfWidth: 2.2) }),
          .init("MHS + MTTI", [62, 58, 55, 49, 54, 61].map { .init($0, halfWidth: 1.8) }),
          .init("oracle", [81, 66, 72, 70, 58, 62].map { .init($0, halfWidth: 1.1) }),
        ], y: Axis("accuracy (%)"), references: [.init("chance", at: 25)])))

  static let fewBars = Figure(
    .bars(
      BarPlot(
        groups: [
          "no alignment", "25% head/token select", "50% head/token select", "it's <b> 'q' `ls`",
        ],
        series: [.init("accuracy", [.init(39.8, halfWidth: 1), .init(44), nil, .init(12)])],
        y: Axis("accuracy (%)"))))

  static let barsFromChance = Figure(
    .bars(
      BarPlot(
        groups: ["base", "SFT", "oracle"],
        series: [
          .init("accuracy", [.init(23, halfWidth: 1), .init(27.7, halfWidth: 1), .init(36)])
        ],
        y: Axis("accuracy (%)"), base: 25)))

  /// A bright diagonal, as in maps of heads that follow motion.
  static func headMap(_ head: Int, size: Int = 24) -> HeatMap {
    let values = (0..<(size * size)).map { index -> Float in
      let distance = Float((index / size - index % size) % 6)
      let noise = Float((index &* 7919 &+ head &* 104_729) % 97) / 97
      return exp(-distance * distance / (1 + Float(head % 4))) + 0.4 * noise
    }
    return HeatMap(values, height: size, width: size, range: 0...1.4)
  }

  static let heads = Figure(
    grid: (0..<16).map { head in
      Panel(
        .map(headMap(head)), title: "L\(head / 8) H\(head % 8)  \(Double(head * 3 % 7) / 2)",
        isFramed: head % 3 == 0)
    }, columns: 8, colorBar: ColorBar(label: "attention", range: 0...1.4))

  static func frame(_ time: Int, noise: Float = 0) -> Frame {
    var values: [Float] = []
    for y in 0..<48 {
      for x in 0..<48 {
        let random = Float((x &* 7919 &+ y &* 104_729 &+ time &* 31) % 89) / 89
        let inside = abs(x - 10 - 3 * time) < 5 && abs(y - 20) < 5
        let other = (x - 34) * (x - 34) + (y - 30 + time) * (y - 30 + time) < 25
        let color: [Float] =
          inside ? [0.9, 0.1, 0.1] : other ? [0.1, 0.4, 0.95] : [0.25, 0.28, 0.25]
        values += color.map { $0 * (1 - noise) + random * noise }
      }
    }
    return Frame(values: values, height: 48, width: 48)
  }

  static func spaceMap(_ time: Int) -> HeatMap {
    HeatMap(
      (0..<144).map { index -> Float in
        let x = Float(index % 12) - (10 + 3 * Float(time)) / 4
        let y = Float(index / 12) - 5
        return exp(-(x * x + y * y) / 3)
      }, height: 12, width: 12)
  }

  static let strips = Figure(
    rows: [
      (0..<8).map { Panel(.image(frame($0))) },
      (0..<8).map { Panel(.image(frame($0, noise: 0.9))) },
      (0..<8).map { Panel(.image(frame($0, noise: 0.1))) },
      (0..<8).map { Panel(.image(frame($0).overlaid(spaceMap($0), scale: 4))) },
      (0..<8).map { Panel(.image(frame($0).overlaid(spaceMap($0), style: .spotlight, scale: 4))) },
    ], columnTitles: (0..<8).map { "t = \($0)" },
    rowTitles: ["video", "noise", "recon.", "attention", "spotlight"], width: .page)

  static let sample = Figure(
    rows: [
      [
        Panel(
          .text(
            StyledText([
              [
                .init("The"), .init("man", isSelected: true, score: 0.85),
                .init("even", score: -1.25),
                .init("raises", isSelected: true, score: 0.73), .init("his", score: -0.42),
                .init("hands,"), .init("opens", isSelected: true, score: 0.83), .init("them"),
                .init("and"), .init("bows", isSelected: true, score: 0.74), .init("while"),
                .init("speaking", isSelected: true, score: 1.29), .init("from", score: -1.67),
                .init("the", score: -0.35), .init("stage"), .init("in", score: -0.85),
                .init("glasses.", score: -1.5),
              ], [.init("Answer:"), .init("(B)"), .init("left")],
            ])), title: "one training sample")
      ],
      (0..<6).map {
        Panel(.image(frame($0).overlaid(spaceMap($0), scale: 4)), title: "frame \($0)")
      },
    ], title: "Words and maps", width: .page)

  static let zoom = Figure(
    rows: [
      [
        Panel(.map(headMap(1, size: 100)), title: "high score: layer 3, head 2", isFramed: true),
        Panel(.map(headMap(3, size: 100)), title: "low score: layer 0, head 5"),
      ]
    ], note: "first 100 tokens", colorBar: ColorBar(label: "attention", range: 0...1.4))

  static let matrix = Figure(
    .map(
      HeatMap(
        [-1.25, 0.85, 0.73, -0.42, 0.1, 1.29], height: 2, width: 3, range: -1.5...1.5,
        xLabel: "frame", yLabel: "word", columnNames: ["first", "second", "third"],
        rowNames: ["man", "raises"], colors: .diverging)))
}
