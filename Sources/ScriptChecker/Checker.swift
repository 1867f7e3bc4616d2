import Diagnostics
import ScriptSyntax

/// Finds everything that can be known to be wrong before a script runs: unknown names, wrong
/// arguments and types, values outside their ranges, names bound twice, recursion.
public enum Checker {
  /// All syntax and static errors and warnings, by place.
  public static func check(_ program: Program, signatures: SignatureRegistry) -> [Diagnostic] {
    var walker = CheckWalker(signatures: signatures, program: program, isSession: false)
    walker.checkFile(program.main)
    return walker.findings
  }

  public static func check(
    _ script: Script, signatures: SignatureRegistry,
    resolveInclude: Program.IncludeResolver = Program.refuseIncludes
  ) -> [Diagnostic] {
    check(Program.load(script, resolveInclude: resolveInclude), signatures: signatures)
  }

  /// Checks a line of the REPL. Names may be bound again there, and `bindings` are those that
  /// earlier lines bound.
  public static func check(
    line program: Program, signatures: SignatureRegistry, bindings: [String: ValueType]
  ) -> [Diagnostic] {
    var walker = CheckWalker(signatures: signatures, program: program, isSession: true)
    for (name, type) in bindings { walker.assume(name, type) }
    walker.checkFile(program.main)
    return walker.findings
  }

  /// The parameters that a script and its includes declare, in order. Faulty ones are left out;
  /// `check` reports them.
  public static func parameters(
    of program: Program, signatures: SignatureRegistry
  ) -> [ParameterDeclaration] {
    let types = signatures.typeNames
    var result: [ParameterDeclaration] = []
    func visit(_ script: Script) {
      for statement in script.statements {
        if case .parameter(let node) = statement.kind,
          let declaration = try? ParameterDeclaration(node, types: types)
        {
          result.append(declaration)
        }
        if case .include(let include) = statement.kind, let file = program.included[include.span] {
          visit(file)
        }
      }
    }
    visit(program.main)
    return result
  }
}

/// What the checker knows about a name.
struct CheckedName {
  var type: ValueType
  let span: SourceSpan?
  /// The code behind it, when the name is bound to a function that is written out.
  var function: FunctionNode?
  /// What that function gives.
  var result: ValueType = .any
  /// The comparison of single numbers that the value, or what the function gives, rests on.
  var comparison: SingleComparison?
  /// True while the value that the name is bound to is still being checked.
  var isUnfinished = false
  var isUsed = false
  var warnsWhenUnused = false
}

/// What the checker knows about the value of an expression.
struct CheckedValue {
  var type: ValueType
  /// The value itself, when it is written out.
  var literal: Literal?
  var function: FunctionNode?
  var result: ValueType = .any
  /// The comparison of single numbers that the value, or what the function gives, rests on.
  var comparison: SingleComparison?

  init(_ type: ValueType, literal: Literal? = nil) {
    self.type = type
    self.literal = literal
  }
}

/// A comparison of measured numbers, one with one.
struct SingleComparison {
  let operation: BinaryOperator
  let span: SourceSpan

  /// - Returns: nil where it is none, or where the types leave open what is compared and that is
  ///   `isStrict`
  init?(
    _ operation: BinaryOperator, _ left: ValueType, _ right: ValueType, at span: SourceSpan,
    isStrict: Bool
  ) {
    switch operation {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: break
    default: return nil
    }
    let types = [left, right]
    guard types.allSatisfy({ ValueType.float.mayAccept($0) }), types.contains(where: { $0 != .int })
    else { return nil }
    if types.allSatisfy({ $0 == .int || $0 == .any }) {
      // Of values of any type an order is most likely one of numbers, an equality may be of texts.
      guard !isStrict, operation != .equal, operation != .notEqual else { return nil }
    }
    self.operation = operation
    self.span = span
  }
}

/// A block's names while it is checked.
struct CheckScope {
  var names: [String: CheckedName] = [:]
  /// The statements of the block, for what they bind further down.
  var statements: [Statement] = [] {
    didSet { knownDefinitions = nil }
  }
  private var knownDefinitions: [String: Definition]?

  /// A name that the block binds somewhere.
  struct Definition {
    let span: SourceSpan
    let function: FunctionNode?
  }

  init(statements: [Statement] = []) { self.statements = statements }

  /// What the block binds, to tell "not yet" from "not at all". Found when first asked for: names
  /// are hardly ever unknown.
  var definitions: [String: Definition] {
    mutating get {
      if let knownDefinitions { return knownDefinitions }
      var result: [String: Definition] = [:]
      for statement in statements {
        guard let name = statement.boundName, result[name.name] == nil else { continue }
        result[name.name] = Definition(span: name.span, function: statement.boundFunction)
      }
      knownDefinitions = result
      return result
    }
  }
}

extension Statement {
  /// The function that the statement binds, where it is written out.
  fileprivate var boundFunction: FunctionNode? {
    switch kind {
    case .function(let function): return function
    case .binding(let binding):
      if case .function(let function) = binding.value.kind { return function }
      return nil
    default: return nil
    }
  }
}

/// Walks the tree once, from top to bottom.
struct CheckWalker {
  let signatures: SignatureRegistry
  let program: Program
  let isSession: Bool
  let types: [String: ValueType]
  var scopes: [CheckScope] = [CheckScope()]
  var diagnostics: [Diagnostic] = []
  /// Functions around the current place, innermost last.
  var functions: [FunctionNode] = []
  var isInTable = false
  var includeDepth = 0
  var seedSpan: SourceSpan?
  /// The first call that draws random numbers, and what it calls.
  var firstDraw: (name: String, span: SourceSpan)?
  /// The first call outside of functions whose numbers depend on the seed.
  var firstSeedRead: (name: String, span: SourceSpan)?
  /// How many uses of names that are not bound there were found.
  var missingCount = 0
  /// Where each output was written first, by kind and name.
  var outputs: [String: SourceSpan] = [:]

  init(signatures: SignatureRegistry, program: Program, isSession: Bool) {
    self.signatures = signatures
    self.program = program
    self.isSession = isSession
    types = signatures.typeNames
  }

  mutating func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan,
    notes: [Diagnostic.Note] = [], suggestion: String? = nil
  ) {
    diagnostics.append(
      Diagnostic(code, message, at: span, notes: notes, suggestion: suggestion))
  }

  mutating func assume(_ name: String, _ type: ValueType) {
    scopes[0].names[name] = CheckedName(type: type, span: nil)
  }

  /// Remembers an output whose name is written out; a second one of that name is an error.
  mutating func noteOutput(_ kind: String, _ name: String, at span: SourceSpan) {
    guard !isSession else { return }
    let key = "\(kind) \(name)"
    if let first = outputs[key] {
      report(
        .writtenTwice, "\(kind) \(quoted(name)) is written twice", at: span,
        notes: [Diagnostic.Note("first written here", span: first)],
        suggestion: "give each its own name")
    } else {
      outputs[key] = span
    }
  }

  /// Warns of a script that draws and sets no seed.
  private mutating func warnAboutSeed() {
    guard !isSession, seedSpan == nil, let firstDraw else { return }
    report(
      .unseededRandomness, "`\(firstDraw.name)` draws random numbers, but the script has no `seed`",
      at: firstDraw.span, suggestion: "add a line such as `seed 2606` at the top")
  }

  /// Syntax errors and what the walk found. After an error a name may only seem to be unused, so
  /// those warnings are left out.
  var findings: [Diagnostic] {
    var all = program.diagnostics + diagnostics
    if all.containsErrors {
      all.removeAll { $0.code == .unusedBinding || $0.code == .unusedValue }
    }
    var accepted: [ObjectIdentifier: Set<AcceptedWarning>] = [:]
    for script in [program.main] + program.included.values {
      accepted[ObjectIdentifier(script.file)] = script.acceptedWarnings
    }
    all.removeAll { diagnostic in
      guard diagnostic.severity == .warning, let span = diagnostic.span,
        let warnings = accepted[ObjectIdentifier(span.file)]
      else { return false }
      return warnings.contains(
        AcceptedWarning(code: diagnostic.code, line: span.location.line))
    }
    return all.sortedByPlace().limited
  }

  mutating func checkFile(_ script: Script) {
    for name in script.brokenNames where scopes[0].names[name] == nil { assume(name, .any) }
    if scopes[0].statements.isEmpty {
      scopes[0].statements = script.statements
    } else {
      scopes[0].statements += script.statements
    }
    for (index, statement) in script.statements.enumerated() {
      check(statement, isLast: index == script.statements.count - 1)
    }
    if includeDepth == 0 {
      warnAboutUnused(scopes[0])
      warnAboutSeed()
    }
  }

  mutating func warnAboutUnused(_ scope: CheckScope) {
    guard !isSession else { return }
    for (name, entry) in scope.names where entry.warnsWhenUnused && !entry.isUsed {
      if let span = entry.span, !name.hasPrefix("_") {
        report(
          .unusedBinding, "`\(name)` is never used", at: span,
          suggestion: "remove it, or rename it to `_\(name)`")
      }
    }
  }
}
