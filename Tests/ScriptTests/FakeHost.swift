import Diagnostics
import ScriptChecker
import ScriptInterpreter

/// A handle without anything behind it: equal text, equal content.
struct FakeHandle: HandleValue {
  let typeName: String
  let text: String

  var contentHash: String { text }
  var description: String { "<\(typeName) \(text)>" }
  var fieldNames: [String] { ["layers", "name"] }

  func field(_ name: String) throws -> Value? {
    switch name {
    case "name": return .string(text)
    case "layers": return .int(4)
    default: return nil
    }
  }

  func element(_ index: Value) throws -> Value? {
    if case .int(let index) = index { return .int(index * 10) }
    return nil
  }
}

/// Stands in for the commands of the models: notes what it is asked and answers with handles.
final class FakeHost: CommandHost {
  let signatures = FakeHost.makeSignatures()
  private(set) var lines: [String] = []
  private(set) var tables: [TableDefinition] = []
  private(set) var seed: Int?
  private(set) var proseLines: [String] = []

  func call(
    _ name: String, arguments: BoundArguments, at span: SourceSpan, interpreter: Interpreter
  ) throws -> Value {
    switch name {
    case "over":
      let function = try arguments.function("with")
      let results = try (0..<arguments.int("seeds")).map { seed in
        try interpreter.call(function, [.int(seed)])
      }
      return .list(of: results)
    case "fail":
      throw CommandError(
        try arguments.string("message"), notes: ["a note of the host"], suggestion: "do not fail",
        exitCode: Int32(try arguments.int("exit")))
    case "show":
      let token = try arguments.optional("token", arguments.string)
      let layers = try arguments.optional("layers", arguments.ints)
      lines.append("show \(arguments["value"]) token \(token ?? "-") layers \(layers ?? [])")
      return .none
    case "hash":
      return .string(arguments["value"].contentHash)
    case "better":
      return .bool(try arguments.float("first") > arguments.float("second"))
    case "shuffle":
      return arguments["list"]
    case "store":
      return arguments["to"]
    case "rate":
      return arguments["value"]
    case "evaluate":
      return .float(0.5)
    case "cell":
      return .float(Double(try arguments.string("row").utf8.first ?? 0))
    case "line":
      return .handle(FakeHandle(typeName: "figure", text: "line"))
    default:
      let words = arguments.all.map { "\($0.name)=\($0.value.displayText)" }
      return .handle(
        FakeHandle(
          typeName: signatures.command(name)?.result.description ?? name,
          text: words.joined(separator: " ")))
    }
  }

  func constant(_ name: String) throws -> Value {
    .handle(FakeHandle(typeName: "benchmark", text: name))
  }

  func defineTable(_ table: TableDefinition, interpreter: Interpreter) throws -> Value {
    tables.append(table)
    lines.append("table \(table.title) key \(table.key ?? "-")")
    for row in table.rows { lines.append("  \(row.label): \(row.value)") }
    if let beside = table.beside { lines.append("  beside \(beside)") }
    return .handle(FakeHandle(typeName: "table", text: table.title))
  }

  func judgeClaim(
    _ text: String, value: Value, comparesSingles: Bool, at span: SourceSpan
  ) throws -> Value {
    lines.append("claim \(text): \(value)\(comparesSingles ? " by single numbers" : "")")
    return value
  }

  func drawFigure(_ name: String, value: Value, at span: SourceSpan) throws -> Value {
    lines.append("figure \(name): \(value)")
    return value
  }

  func setSeed(_ seed: Int, at span: SourceSpan) throws { self.seed = seed }

  func prose(_ text: String, at span: SourceSpan) throws { proseLines.append(text) }

  func write(_ line: String) throws {
    lines += line.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}

extension FakeHost {
  private static func makeSignatures() -> SignatureRegistry {
    let models: ValueType = .handle("model")
    let scale = ParameterSignature(
      "scale", .string, default: "mini", in: .oneOf(["mini", "paper"]))
    let keep = ParameterSignature("keep", .float, default: 0.5, in: .floats(0...1))
    return SignatureRegistry(
      commands: [
        CommandSignature(
          "model", "Opens a model.", positional: [.init("name", .string)], named: [scale],
          result: models, example: "model(\"tiny\")"),
        CommandSignature(
          "dataset", "Opens a dataset.", positional: [.init("name", .string)], named: [scale],
          result: .handle("dataset"), example: "dataset(\"tiny\")"),
        CommandSignature(
          "extract", "Extracts motion attention.",
          positional: [.init("model", models), .init("data", .handle("dataset"))],
          named: [.init("steps", .int, unit: "steps", default: 20, in: .ints(1...100))],
          result: .handle("prior"), cost: .expensive, example: "extract(vdm, data, steps: 5)"),
        CommandSignature(
          "select_heads", "Keeps the best heads.",
          positional: [.init("prior", .handle("prior"))], named: [keep],
          result: .handle("prior"), example: "select_heads(p, keep: 0.5)"),
        CommandSignature(
          "select_tokens", "Keeps the best tokens.",
          positional: [.init("prior", .handle("prior"))], named: [keep],
          result: .handle("prior"), example: "select_tokens(p, keep: 0.5)"),
        CommandSignature(
          "finetune", "Tunes a model.",
          positional: [.init("model", models), .init("data", .handle("dataset"))],
          named: [
            .init("align", .either([.handle("prior"), .none]), default: .nothing),
            .init("stream", .int, default: 0),
          ], result: models, cost: .expensive, example: "finetune(vlm, data, align: p)"),
        CommandSignature(
          "evaluate", "Scores a model.",
          positional: [.init("model", models), .init("on", .list(.handle("benchmark")))],
          result: .float, cost: .expensive, example: "evaluate(vlm, [motionbench])"),
        CommandSignature(
          "over", "Runs a function for each seed.",
          positional: [.init("seeds", .int), .init("with", .function)], result: .list,
          example: "over(5, fn(s) { s })"),
        CommandSignature(
          "paper", "The paper's own table.", positional: [.init("name", .string)],
          result: .table, example: "paper(\"table5\")"),
        CommandSignature(
          "cell", "A cell of a table.",
          positional: [.init("row", .string), .init("column", .string)], result: .float,
          example: "cell(\"a\", \"b\")"),
        CommandSignature(
          "better", "Whether one result beats another.",
          positional: [.init("first", .float), .init("second", .float)], result: .bool,
          example: "better(0.6, 0.5)"),
        CommandSignature(
          "line", "Draws lines.", positional: [.init("values", .list(.float))],
          result: .figure, example: "line([1, 2])"),
        CommandSignature(
          "show", "Shows a value.", positional: [.init("value", .any)],
          named: [
            .init("token", .either([.string, .none]), default: .nothing),
            .init("layers", .either([.list(.int), .none]), default: .nothing),
          ], example: "show prior token: \"bounces\""),
        CommandSignature(
          "hash", "The content hash of a value.", positional: [.init("value", .any)],
          result: .string, example: "hash(1)"),
        CommandSignature(
          "shuffle", "A list in random order.", positional: [.init("list", .list)],
          result: .list, draws: true, example: "shuffle([1, 2])"),
        CommandSignature(
          "store", "Writes a value.", positional: [.init("value", .any)],
          named: [.init("to", .string, path: .writes)], result: .string,
          example: "store(1, to: \"out/a\")"),
        CommandSignature(
          "rate", "Takes a number with a unit.",
          positional: [.init("value", .float, unit: "frames per second")], result: .float,
          example: "rate(8.0)"),
        CommandSignature(
          "fail", "Fails.", positional: [.init("message", .string)],
          named: [.init("exit", .int, default: 1)], example: "fail(\"why\")"),
      ],
      constants: [
        ConstantSignature("motionbench", .handle("benchmark"), "MotionBench"),
        ConstantSignature("favorbench", .handle("benchmark"), "FAVOR-Bench"),
      ])
  }
}
