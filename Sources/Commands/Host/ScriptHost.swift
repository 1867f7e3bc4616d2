import Diagnostics
import Experiments
import Reporting
import ScriptChecker
import ScriptInterpreter

/// Binds the language to the models: runs commands, collects tables, claims and figures.
public final class ScriptHost: CommandHost {
  public let workspace: Workspace
  public let signatures: SignatureRegistry
  private let commands: [String: HostCommand]
  private let output: (String) -> Void
  /// What the place that output goes to can show; asked for every view, for windows change.
  public var style: () -> TerminalStyle = { .plain }
  public private(set) var tables: [ResultTable] = []
  public private(set) var claims: [JudgedClaim] = []

  /// - Parameter output: receives every line that a script prints
  public init(workspace: Workspace, output: @escaping (String) -> Void = { print($0) }) {
    self.workspace = workspace
    self.output = output
    let all = Self.allCommands
    let names = SplitNames(world: workspace.world)
    signatures = SignatureRegistry(
      commands: all.map { names.completed($0.signature) }, constants: BenchmarkHandle.constants)
    commands = Dictionary(uniqueKeysWithValues: all.map { ($0.signature.name, $0) })
  }

  static var allCommands: [HostCommand] {
    ModelCommands.all + TrainingCommands.all + PriorCommands.all + TuningCommands.all
      + MeasureCommands.all + HeadMeasures.all + TableCommands.all + FigureCommands.all
      + ShowCommands.all
  }

  public func call(
    _ name: String, arguments: BoundArguments, at span: SourceSpan, interpreter: Interpreter
  ) throws -> Value {
    guard let command = commands[name] else {
      throw CommandError("the command `\(name)` is not bound", code: .unknownName)
    }
    return try command.run(
      CommandContext(workspace: workspace, arguments: arguments, interpreter: interpreter))
  }

  public func constant(_ name: String) throws -> Value {
    guard let benchmark = BenchmarkHandle(constant: name) else {
      throw CommandError("the constant `\(name)` has no value", code: .unknownName)
    }
    return .handle(benchmark)
  }

  public func defineTable(
    _ table: TableDefinition, interpreter: Interpreter
  ) throws -> Value {
    let handle = try TableHandle(table, interpreter: interpreter)
    tables.append(handle.table)
    for (row, column, content) in handle.cells {
      workspace.setCell(table: table.title, row: row, column: column, content)
    }
    output(handle.table.text)
    return .handle(handle)
  }

  public func judgeClaim(_ text: String, value: Value, at span: SourceSpan) throws -> Value {
    let claim = try ClaimValue(text, value).judged
    claims.append(claim)
    workspace.setCell(table: "claims", row: text, column: "verdict", .text(claim.verdict.rawValue))
    return .string(claim.verdict.rawValue)
  }

  public func drawFigure(_ name: String, value: Value, at span: SourceSpan) throws -> Value {
    guard case .handle(let handle as FigureHandle) = value else {
      throw CommandError("a figure needs what line, bars or heads draws, not \(value.summary)")
    }
    let stem = try workspace.path("figures/\(name)")
    try FigureRenderer().render(handle.figure, svg: "\(stem).svg", png: "\(stem).png")
    output("figure \(name): figures/\(name).svg, figures/\(name).png")
    return value
  }

  public func setSeed(_ seed: Int, at span: SourceSpan) throws { workspace.seed = seed }

  public func write(_ line: String) throws { output(line) }

  /// What the prompt answers with where a value has more to show than fits on a line.
  public func view(of value: Value) throws -> String? {
    guard View.isWorthwhile(value) else { return nil }
    var request = ViewRequest()
    let style = style()
    if style.sixelCell != nil { request.scale = 4 }
    return try View(value, request).text(in: style)
  }

  /// Prints the verdicts on the claims.
  public func finish() {
    if !claims.isEmpty { output(ClaimList(claims).text) }
  }

  /// Whether some claim did not hold.
  public var hasUnsupportedClaim: Bool { claims.contains { $0.verdict != .supported } }
}
