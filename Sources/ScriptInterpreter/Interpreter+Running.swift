import Diagnostics
import ScriptChecker
import ScriptSyntax

/// A parameter's value from outside the script.
enum ParameterOverride {
  case text(String)
  case value(Literal)
}

/// What an input of the prompt gave.
public struct EvaluationResult: Sendable {
  /// The value of the last statement; none for statements without one.
  public let value: Value
  /// Whether the line ends in `;`, which asks not to show the value.
  public let isMuted: Bool
  public let warnings: [Diagnostic]
}

extension Interpreter {
  /// Sets a parameter from the command line; takes effect in the next `run`.
  public func setParameter(_ name: String, to text: String) {
    overrides[name] = .text(text)
  }

  public func setParameter(_ name: String, to value: Literal) {
    overrides[name] = .value(value)
  }

  /// The declaration of this param in the last script that declared it.
  public func declaration(of parameter: String) -> ParameterDeclaration? {
    declarations[parameter]
  }

  /// Texts that were set since the script last ran that has the param.
  public var awaitedParameters: [String: String] {
    overrides.compactMapValues { if case .text(let text) = $0 { text } else { nil } }.filter {
      name, text in
      guard let held = parameters.first(where: { $0.name == name })?.value,
        let wanted = try? declarations[name]?.value(from: text)
      else { return true }
      return !held.isEqual(to: Value(wanted))
    }
  }

  /// Checks and runs a script.
  ///
  /// - Parameter inSession: Whether the script may bind names again, as `:load` does.
  /// - Returns: The warnings of the check.
  /// - Throws: `CheckFailure` before anything ran, `ScriptError` afterwards.
  @discardableResult
  public func run(_ program: Program, inSession: Bool = false) throws -> [Diagnostic] {
    resetBudget()
    isSession = inSession
    self.program = program
    let diagnostics = Checker.check(program, signatures: host.signatures)
    if diagnostics.containsErrors { throw CheckFailure(diagnostics) }
    let values = try parameterValues(program)
    try execute(program.main, parameters: values)
    return diagnostics
  }

  /// Parses, checks and runs a script that includes nothing.
  @discardableResult
  public func run(_ script: Script) throws -> [Diagnostic] {
    try run(Program.load(script))
  }

  /// Runs one input of the prompt; names persist and may be rebound. The last value that is not
  /// none is bound to `ans`.
  ///
  /// - Throws: `CheckFailure` or `ScriptError`; bindings made before the error remain.
  @discardableResult
  public func evaluate(
    _ text: String, path: String = "input",
    resolveInclude: Program.IncludeResolver = Program.refuseIncludes
  ) throws -> EvaluationResult {
    resetBudget()
    isSession = true
    let script = Script.parseLine(text, path: path)
    let program = Program.load(script, resolveInclude: resolveInclude)
    self.program = program
    let types = Dictionary(uniqueKeysWithValues: bindings.map { ($0.name, $0.value.type) })
    let diagnostics = Checker.check(line: program, signatures: host.signatures, bindings: types)
    if diagnostics.containsErrors { throw CheckFailure(diagnostics) }
    let values = try parameterValues(program)
    let value = try execute(script, parameters: values)
    if case .none = value {
    } else {
      globals.bind("ans", value)
      log.nameAnswer()
    }
    return EvaluationResult(value: value, isMuted: script.endsWithSemicolon, warnings: diagnostics)
  }

  /// The names bound at the top level with their values, in byte order.
  public var bindings: [(name: String, value: Value)] {
    globals.names.compactMap { name in globals.lookUp(name).map { (name, $0) } }
  }

  public func value(of name: String) -> Value? { globals.lookUp(name) }

  public func bind(_ name: String, to value: Value) { globals.bind(name, value) }

  /// Forgets one name.
  public func clear(_ name: String) { globals.remove(name) }

  /// Forgets all names.
  public func clear() {
    globals.removeAll()
    log = SessionLog()
  }

  /// Every parameter of the program with its value: from outside, or its default.
  private func parameterValues(_ program: Program) throws -> [String: Literal] {
    let declarations = Checker.parameters(of: program, signatures: host.signatures)
    var values: [String: Literal] = [:]
    var problems: [Diagnostic] = []
    for declaration in declarations {
      self.declarations[declaration.name] = declaration
      do {
        switch overrides[declaration.name] {
        case .text(let text)?: values[declaration.name] = try declaration.value(from: text)
        case .value(let value)?: values[declaration.name] = try declaration.checked(value)
        case nil: values[declaration.name] = declaration.defaultValue
        }
      } catch let problem as Diagnostic {
        problems.append(problem)
      }
    }
    if !isSession {
      let names = declarations.map(\.name)
      for name in overrides.keys.sorted() where !names.contains(name) {
        problems.append(
          Diagnostic(
            .unknownParameter, "the script has no param `\(name)`", at: nil,
            suggestion: Spelling.suggestion(for: name, among: names)
              ?? (names.isEmpty ? nil : "parameters: \(names.joined(separator: ", "))")))
      }
    }
    if !problems.isEmpty { throw CheckFailure(problems) }
    return values
  }

  /// Runs everything that was typed into another interpreter and worked, in its order, with this
  /// one's host: what the session asks for, without what it showed.
  public func replay(_ session: Interpreter) throws {
    isSession = true
    let values = Dictionary(session.parameters.map { ($0.name, $0.value) }) { $1 }
    for entry in session.log.entries {
      resetBudget()
      if case .parameter(let node) = entry.statement.kind, let value = values[node.name.name] {
        globals.bind(node.name.name, value)
        continue
      }
      let value = try execute(entry.statement, in: globals)
      if entry.isAnswer { globals.bind("ans", value) }
    }
  }

  @discardableResult
  private func execute(_ script: Script, parameters: [String: Literal]) throws -> Value {
    var last = Value.none
    for statement in script.statements {
      switch statement.kind {
      case .parameter(let node):
        let value = Value(parameters[node.name.name] ?? .nothing)
        globals.bind(node.name.name, value)
        self.parameters.removeAll { $0.name == node.name.name }
        self.parameters.append((node.name.name, value))
      case .include(let include):
        if let file = program?.included[include.span] {
          try execute(file, parameters: parameters)
        }
      default:
        last = try execute(statement, in: globals)
      }
      if isSession { log.add(statement) }
    }
    return last
  }
}

/// The rows of a table so far.
struct TableBuilder {
  private(set) var rows: [TableDefinition.Row] = []
  /// The rows of each label; labels that are equal but for their composition share an entry.
  private var places: [String: [Int]] = [:]

  /// The row that has a label, byte for byte.
  func row(_ label: String) -> TableDefinition.Row? {
    places[label]?.map { rows[$0] }.first { $0.label.utf8.elementsEqual(label.utf8) }
  }

  mutating func add(_ row: TableDefinition.Row) {
    places[row.label, default: []].append(rows.count)
    rows.append(row)
  }
}
