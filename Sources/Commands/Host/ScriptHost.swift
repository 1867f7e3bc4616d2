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
  /// The script's seed so far. A command takes it when it is called, never later.
  private var seed = 0
  /// Each is computed while the one that needs it waits.
  private static let deepestResult = 128
  private var seedWasTaken = false
  /// The capabilities of the output; evaluated for every view, as windows change.
  public var style: () -> TerminalStyle = { .plain }
  /// Whether the output is a terminal, which interprets control characters.
  public var isOnTerminal: () -> Bool = { false }
  public private(set) var tables: [ResultTable] = []
  public private(set) var claims: [JudgedClaim] = []
  /// What a page about the script shows, in its order.
  public private(set) var blocks: [Block] = []

  public enum Block {
    /// Lines of Markdown.
    case prose([String])
    case table(ResultTable)
    /// A figure by its name.
    case figure(String)
  }

  /// - Parameter output: receives every line that a script prints
  public init(workspace: Workspace, output: @escaping (String) -> Void = { print($0) }) {
    self.workspace = workspace
    self.output = output
    let all = CommandCatalog.all
    let names = SplitNames(
      world: workspace.world,
      tables: (try? PaperTables(folder: "\(workspace.root)/data/paper"))?.shortNames ?? [])
    signatures = SignatureRegistry(
      commands: all.map { names.completed($0.signature) }, constants: BenchmarkHandle.constants)
    commands = Dictionary(uniqueKeysWithValues: all.map { ($0.signature.name, $0) })
  }

  public func call(
    _ name: String, arguments: BoundArguments, at span: SourceSpan, interpreter: Interpreter
  ) throws -> Value {
    guard let command = commands[name] else {
      throw CommandError("the command `\(name)` has no implementation", code: .unknownName)
    }
    if let pending = arguments.all.lazy.compactMap({ $0.value.pendingPart }).first {
      workspace.leaveOut()
      return pending
    }
    let inputs = arguments.all.flatMap { $0.value.resultSteps }
    guard inputs.allSatisfy({ $0.depth <= Self.deepestResult }) else {
      throw CommandError(
        "results depend on one another more than \(Self.deepestResult) levels deep",
        code: .depthLimit)
    }
    workspace.setPlace(interpreter.rowLabel)
    if command.signature.readsSeed { seedWasTaken = true }
    do {
      return try command.run(
        CommandContext(
          workspace: workspace, seed: seed, arguments: arguments, inputs: inputs,
          interpreter: interpreter))
    } catch let pending as PendingResult {
      workspace.setPending(pending.step)
      return .handle(PendingHandle(step: pending.step))
    }
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
    let cells = try TableCells(table, interpreter.meter)
    for cell in cells.cells {
      let place = Lockfile.Place(table: table.title, row: cell.row, column: cell.column)
      workspace.observe(place, .numbers(cell.values))
    }
    let pending = table.rows.lazy.compactMap { $0.value.pendingPart }.first
    if let pending {
      workspace.addOpenTable(table.title, rows: table.rows.map(\.label))
      return pending
    }
    let handle = try TableHandle(table, cells)
    tables.append(handle.table)
    blocks.append(.table(handle.table))
    for (row, column, content) in handle.cells {
      try workspace.set(
        Lockfile.Place(table: table.title, row: row, column: column), content)
    }
    write(plain: handle.table.text(columns: style().columns))
    return .handle(handle)
  }

  public func judgeClaim(
    _ text: String, value: Value, comparesSingles: Bool, at span: SourceSpan
  ) throws -> Value {
    if let pending = value.pendingPart {
      workspace.observe(.claim(text), .pending)
      return pending
    }
    let claim = try ClaimValue(text, value, comparesSingles: comparesSingles).judged
    claims.append(claim)
    try workspace.set(.claim(text), .text(claim.verdict.rawValue))
    return .string(claim.verdict.rawValue)
  }

  public func leavesOpen() { workspace.leaveOpen() }

  public func drawFigure(_ name: String, value: Value, at span: SourceSpan) throws -> Value {
    workspace.addFigure(name, isComplete: value.pendingPart == nil)
    if let pending = value.pendingPart { return pending }
    guard case .handle(let handle as FigureHandle) = value else {
      throw CommandError(
        "expected a figure from line, bars, head_maps or token_maps, got \(value.summary)")
    }
    guard workspace.options.drawsFigures else { return value }
    let (svg, png) = ("figures/\(name).svg", "figures/\(name).png")
    for path in [svg, png] { _ = try workspace.path(path) }
    blocks.append(.figure(name))
    let missing = try FigureRenderer().render(
      handle.figure, svg: svg, png: png, below: workspace.outputFolder ?? workspace.root)
    if !missing.isEmpty { workspace.warn("figure \(name): \(missing.description)") }
    let folder = workspace.outputFolder.map { "\($0)/" } ?? ""
    write(plain: "figure \(name): \(folder)\(svg), \(folder)\(png)")
    return value
  }

  public func prose(_ text: String, at span: SourceSpan) throws {
    if case .prose(let lines)? = blocks.last {
      blocks[blocks.count - 1] = .prose(lines + [text])
    } else {
      blocks.append(.prose([text]))
    }
  }

  /// - Throws: ``CommandError`` in a script that has drawn by another seed before, in a function
  public func setSeed(_ seed: Int, at span: SourceSpan) throws {
    guard !seedWasTaken || !workspace.options.isScript else {
      throw CommandError(
        "a command used the seed before it was set", code: .boundTwice,
        suggestion: "move `seed` above the first command")
    }
    self.seed = seed
  }

  public func write(_ line: String) throws { write(plain: line) }

  /// A line without colours or pictures of ours, with whatever a script put there.
  private func write(plain line: String) {
    output(isOnTerminal() ? TerminalText.clean(line) : line)
  }

  /// What a view draws, with colours and pictures.
  func show(_ text: String) { output(text) }

  /// What the prompt answers with where a value has more to show than fits on a line.
  public func view(of value: Value) throws -> String? {
    guard View.isWorthwhile(value) else { return nil }
    var request = ViewRequest()
    let style = style()
    request.adapt(to: style)
    return try View(value, request).text(in: style)
  }

  /// Prints the verdicts on the claims.
  public func finish() {
    if !claims.isEmpty { write(plain: ClaimList(claims).text) }
  }

  /// Whether some claim did not hold.
  public var hasUnsupportedClaim: Bool { claims.contains { $0.verdict != .supported } }
}
