import Reporting
import ScriptChecker
import ScriptInterpreter

/// Commands that show values as tables, maps, pictures and curves.
enum ShowCommands {
  static let all = [show, heads, tokens, attention]

  private static let priors = ValueType.either([
    .handle("priors"), .handle("prior"), .handle("heads"),
  ])

  private static let head = ParameterSignature(
    "head", .either([.int, .none]), "head index; default: mean over selected heads",
    default: .nothing, in: .number)
  private static let layer = ParameterSignature(
    "layer", .either([.int, .none]), "layer of that head, with heads: \"per-layer\"",
    default: .nothing, in: .number)
  private static let clip = ParameterSignature(
    "clip", .either([.int, .none]), "clip index; default: the first",
    default: .nothing, in: .number)
  private static let keep = ParameterSignature(
    "keep", .float, "fraction of heads and of words to select", default: 0.5,
    in: .share)

  private static let show = HostCommand(
    CommandSignature(
      "show", "Shows a value: heat maps, frames and curves as images, rankings as tables.",
      topic: "inspection", positional: [.init("value", .any)],
      named: [
        .init(
          "token", .either([.string, .none]), "word of the sentence whose map is shown",
          default: .nothing),
        head, layer, clip, keep,
        .init(
          "width", .int, "0: width of the terminal", unit: "columns", default: 0,
          in: .ints(0...1000)),
        .init(
          "style", .string, "auto: depends on the terminal", default: "auto",
          in: .oneOf(["auto", "blocks", "ascii"])),
      ], example: "show priors token: \"red\"")
  ) { context in
    let arguments = context.arguments
    var style = context.style
    switch try arguments.string("style") {
    case "blocks": style.sixelCell = nil
    case "ascii":
      style = TerminalStyle(columns: style.columns, colors: .none, isUnicode: false)
    default: break
    }
    let width = try arguments.int("width")
    if width > 0 { style.columns = max(20, width) }
    var request = try headRequest(context)
    request.token = try arguments.optional("token", arguments.string)
    request.adapt(to: style)
    let view = try View(arguments["value"], request)
    let text = view.text(in: style)
    if let host = context.interpreter.host as? ScriptHost {
      host.show(text)
    } else {
      try context.interpreter.host.write(text)
    }
    return .none
  }

  private static let heads = HostCommand(
    CommandSignature(
      "heads", "The heads of a clip's prior, best first, with their motion metrics.",
      topic: "inspection", positional: [.init("priors", priors)], named: [clip, keep],
      result: .handle("head_ranking"), example: "heads(priors, keep: 0.25)")
  ) { context in
    .handle(HeadRanking(try choice(context)))
  }

  private static let tokens = HostCommand(
    CommandSignature(
      "tokens", "The words of a clip's sentence and their motion scores.",
      topic: "inspection", positional: [.init("priors", priors)], named: [clip, keep],
      result: .handle("word_ranking"), example: "tokens(priors)")
  ) { context in
    .handle(WordRanking(try choice(context)))
  }

  private static let attention = HostCommand(
    CommandSignature(
      "attention", "Attention maps of the words of a clip's sentence, as a tensor.",
      topic: "inspection",
      positional: [.init("priors", priors)],
      named: [
        .init(
          "token", .either([.string, .none]), "one word; default: all, as the first axis",
          default: .nothing),
        head, layer, clip, keep,
      ], result: .tensor, example: "attention(priors, token: \"red\")")
  ) { context in
    let choice = try choice(context)
    var request = try headRequest(context)
    let map = try choice.map(request).map
    let grid = choice.prior.grid
    let shape = [grid.frames, grid.height, grid.width]
    let axes = ["frames", "height", "width"]
    if let word = try context.arguments.optional("token", context.arguments.string) {
      let rows = map.rows(try choice.tokens(of: word)).mean(axes: [0])
      return .handle(TensorHandle(rows.reshaped(shape), axes: axes))
    }
    let words = choice.prior.words.map(\.token)
    return .handle(
      TensorHandle(map.rows(words).reshaped([words.count] + shape), axes: ["tokens"] + axes))
  }

  /// What a command that may look at one head is asked for.
  private static func headRequest(_ context: CommandContext) throws -> ViewRequest {
    var request = try request(context)
    request.head = try context.arguments.optional("head", context.arguments.int)
    request.layer = try context.arguments.optional("layer", context.arguments.int)
    return request
  }

  private static func request(_ context: CommandContext) throws -> ViewRequest {
    var request = ViewRequest()
    request.clip = try context.arguments.optional("clip", context.arguments.int)
    request.keep = try context.arguments.float("keep")
    return request
  }

  private static func choice(_ context: CommandContext) throws -> PriorChoice {
    let value: any HandleValue
    if case .handle(let handle) = context.arguments["priors"] {
      value = handle
    } else {
      throw context.arguments.failure("priors", "is empty")
    }
    return try PriorChoice(value, request(context))
  }
}

extension CommandContext {
  /// What the place that output goes to can show.
  var style: TerminalStyle {
    (interpreter.host as? ScriptHost)?.style() ?? .plain
  }
}
