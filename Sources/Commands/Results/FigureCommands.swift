import Canonical
import Diagnostics
import Experiments
import MotionEnhancer
import OrderedCollections
import Reporting
import ScriptChecker
import ScriptInterpreter
import Tensors

/// A figure that has been described but not drawn.
struct FigureHandle: HandleValue {
  let figure: Figure
  let source: String

  let typeName = "figure"
  var description: String { "figure of \(source)" }
  var contentHash: String { ContentHash(of: Array("\(figure)".utf8)).hex }
}

/// Commands that describe figures.
enum FigureCommands {
  static let all = [line, bars, headMaps, tokenMaps]

  /// The places of a line's numbers with their names, where there is room for these and they tell
  /// the places apart; else none, and the axis names round numbers instead.
  private static func namedPlaces(_ x: [Double]) -> [(place: Double, name: String)] {
    let all = x.map { place in
      let isPlain = place.magnitude < 1e6 && place == place.rounded()
      return isPlain ? "\(Int(place))" : NumberText.short(place)
    }
    var names: [String: Double] = [:]
    for (place, name) in zip(x, all) {
      guard names.updateValue(place, forKey: name) ?? place == place else { return [] }
    }
    // Letters in the width of a column, with a space between two names.
    guard names.keys.reduce(0, { $0 + $1.count + 1 }) <= 56 else { return [] }
    return zip(x, all).map { ($0, $1) }
  }

  /// Mean and half of the 95% interval of a cell's numbers.
  private static func summary(_ value: Value) throws -> (mean: Double, halfWidth: Double?) {
    let numbers: [Double?]
    switch value {
    case .list(let list): numbers = list.map(\.number)
    default: numbers = [value.number]
    }
    let found = numbers.compactMap { $0 }
    guard found.count == numbers.count, !found.isEmpty, found.allSatisfy(\.isFinite) else {
      throw CommandError("expected a number or one number per seed, got \(value.summary)")
    }
    for number in found { _ = try shown(number, "a value") }
    if found.count == 1 { return (found[0], nil) }
    let sample = Sample(found)
    let halfWidth = try sample.halfWidth().map { try shown($0, "the interval of values") }
    return (sample.mean, halfWidth)
  }

  /// A number that a figure can show.
  /// - Parameter what: the subject of the sentence
  private static func shown(_ number: Double, _ what: String) throws -> Double {
    if let fault = FigureNumbers.fault(number) {
      throw CommandError(
        "\(what) of the figure is \(fault)", code: .invalidValue,
        suggestion: "rescale the numbers to another unit")
    }
    return number
  }

  private static func references(
    _ context: CommandContext
  ) throws -> [CurvePlot.Reference] {
    let fields =
      try context.arguments.optional("reference", context.arguments.record)?.fields ?? [:]
    return try fields.map { name, value in
      guard let number = value.number else {
        throw context.arguments.failure(
          "reference", "needs a number in \(quoted(name)), got \(value.summary)")
      }
      return CurvePlot.Reference(name, at: try shown(number, "the reference \(quoted(name))"))
    }
  }

  private static let line = HostCommand(
    CommandSignature(
      "line", "Line plot with confidence intervals over seeds.", topic: "figures",
      positional: [.init("x", .list(.float), "positions on the x axis")],
      named: [
        .init("curves", .record, "name: list of values, one per position"),
        .init("x_label", .string, "with unit"), .init("y_label", .string, "with unit"),
        .init(
          "reference", .either([.record, .none]), "name: height of a reference line",
          default: .nothing),
      ], result: .figure,
      example: "line([2, 5, 10], curves: {mean: [1, 2, 3]}, x_label: \"steps\", y_label: \"%\")")
  ) { context in
    let x = try context.arguments.floats("x").map { try shown($0, "a position on the axis") }
    guard !x.isEmpty else { throw context.arguments.failure("x", "is empty") }
    guard try !context.arguments.record("curves").fields.isEmpty else {
      throw context.arguments.failure("curves", "is empty")
    }
    let curves = try context.arguments.record("curves").fields.map { name, value in
      guard case .list(let points) = value, points.count == x.count else {
        throw context.arguments.failure(
          "curves", "needs a list of \(x.count) values in \"\(name)\"")
      }
      return CurvePlot.Curve(
        name,
        try zip(x, points).map { x, value in
          let point = try summary(value)
          return .init(x, point.mean, halfWidth: point.halfWidth)
        })
    }
    let references = try references(context)
    return .handle(
      FigureHandle(
        figure: Figure(
          .curves(
            CurvePlot(
              curves,
              x: Axis(
                try context.arguments.string("x_label"),
                ticks: namedPlaces(x)),
              y: Axis(try context.arguments.string("y_label")), references: references)),
          note: ResultTable.miniScaleNote), source: "curves"))
  }

  private static let bars = HostCommand(
    CommandSignature(
      "bars", "Grouped bar chart with confidence intervals over seeds.", topic: "figures",
      positional: [.init("groups", .record, "group name: {series: numbers}")],
      named: [
        .init("y_label", .string, "with unit"),
        .init("from", .float, "baseline of the bars, such as chance", default: 0.0),
        .init(
          "reference", .either([.record, .none]), "name: height of a reference line",
          default: .nothing),
      ], result: .figure, example: "bars({a: {x: [1.0, 2.0]}}, y_label: \"accuracy (%)\")")
  ) { context in
    let groups = try context.arguments.record("groups").fields
    guard !groups.isEmpty else { throw context.arguments.failure("groups", "is empty") }
    var names: OrderedSet<String> = []
    for case .record(let series) in groups.values { names.append(contentsOf: series.fields.keys) }
    let series = try names.map { name in
      BarPlot.Series(
        name,
        try groups.values.map { group in
          guard case .record(let fields) = group, let value = fields.fields[name] else {
            return nil
          }
          let bar = try summary(value)
          return .init(bar.mean, halfWidth: bar.halfWidth)
        })
    }
    let references = try references(context)
    return .handle(
      FigureHandle(
        figure: Figure(
          .bars(
            BarPlot(
              groups: Array(groups.keys), series: series,
              y: Axis(try context.arguments.string("y_label")), references: references,
              base: try shown(context.arguments.float("from"), "where the bars begin"))),
          note: ResultTable.miniScaleNote, width: .page), source: "bars"))
  }

  private static let headMaps = HostCommand(
    CommandSignature(
      "head_maps", "Text-to-vision attention maps of every head; selected heads are framed.",
      topic: "figures", positional: [.init("priors", .handle("priors"))],
      named: [
        .init("clip", .int, default: 0, in: .number),
        .init("keep", .float, default: 0.5, in: .share),
      ], result: .figure, example: "head_maps(priors, clip: 3)")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let prior = try clip(handle, context)
    let selection = MotionSelection(prior, keep: try context.arguments.float("keep"))
    let grid = prior.grid
    let panels = (0..<prior.heads).map { head in
      let map = prior.map(heads: [head]).mean(axes: [0]).values
      let frames = HeatMap.frames(of: map, height: grid.height, width: grid.width)
      return Panel(
        .image(HeatMap.strip(frames)),
        title: "head \(head), score \(NumberText.fixed(selection.headScores[head], digits: 2))",
        isFramed: selection.heads.contains(head))
    }
    return .handle(
      FigureHandle(
        figure: Figure(
          grid: panels, columns: 2,
          note: try caption(
            context, prior,
            "attention of all words over the frames; each head is scaled from its minimum (dark) "
              + "to its maximum (bright); framed: heads selected by MHS")),
        source: "heads"))
  }

  private static let tokenMaps = HostCommand(
    CommandSignature(
      "token_maps", "The clip's frames and the attention map of each word.", topic: "figures",
      positional: [.init("priors", .handle("priors"))],
      named: [
        .init("clip", .int, default: 0, in: .number),
        .init("keep", .float, default: 0.5, in: .share),
      ], result: .figure, example: "token_maps(priors, clip: 3)")
  ) { context in
    let handle: PriorsHandle = try context.arguments.handle("priors")
    let index = try context.arguments.int("clip")
    let prior = try clip(handle, context)
    let grid = prior.grid
    let clip = try handle.data.clips.clip(index)
    let frames = (0..<grid.frames).map { $0 * (clip.frames - 1) / max(grid.frames - 1, 1) }
    let selection = MotionSelection(prior, keep: try context.arguments.float("keep"))
    var rows = [
      frames.map { frame in
        Panel(
          .image(Frame(pixels: Array(clip.frame(frame)), height: clip.height, width: clip.width)))
      }
    ]
    var names = ["video"]
    for (token, word) in prior.tokens.enumerated() where word.isCandidate {
      let maps = HeatMap.frames(
        of: selection.map.slice(0, token..<token + 1).values, height: grid.height,
        width: grid.width)
      rows.append(
        zip(frames, maps).map { frame, map in
          let picture = Frame(
            pixels: Array(clip.frame(frame)), height: clip.height, width: clip.width)
          return Panel(
            .image(picture.overlaid(map, scale: 4)), isFramed: selection.tokens.contains(token))
        })
      names.append(word.text.trimmingPrefix(" ").description)
    }
    return .handle(
      FigureHandle(
        figure: Figure(
          rows: rows, rowTitles: names,
          note: try caption(
            context, prior,
            "mean over the heads selected by MHS, each word on its own scale; "
              + "framed: words selected by MTTI")),
        source: "tokens"))
  }

  /// Which clip and which sentence, then how to read the maps.
  private static func caption(
    _ context: CommandContext, _ prior: MotionPrior, _ reading: String
  ) throws -> String {
    let sentence = prior.words.map(\.text).joined(separator: " ")
    return "clip \(try context.arguments.int("clip")), \"\(sentence)\": \(reading)"
  }

  private static func clip(
    _ handle: PriorsHandle, _ context: CommandContext
  ) throws -> MotionPrior {
    let index = try context.arguments.int("clip")
    guard index >= 0, index < handle.data.count else {
      let count = handle.data.count
      throw context.arguments.failure(
        "clip", "is \(index); valid: 0 to \(count - 1)")
    }
    return try handle.priors.get()[index]
  }
}
