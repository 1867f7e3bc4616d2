import Diagnostics
import ScriptSyntax

extension Interpreter {
  /// Runs a statement; its value is none unless it is an expression or an output.
  func execute(_ statement: Statement, in scope: Scope) throws -> Value {
    try charge(at: statement.span)
    switch statement.kind {
    case .binding(let binding):
      let (value, comparedSingles) = try watchingComparisons {
        try evaluate(binding.value, in: scope)
      }
      scope.bind(binding.name.name, value, isSingle: comparedSingles)
      return .none
    case .function(let function):
      let value = try makeFunction(function, in: scope, at: statement.span)
      if let name = function.name { scope.bind(name.name, value) }
      return .none
    case .expression(let expression):
      return try evaluate(expression, in: scope)
    case .loop(let loop):
      try execute(loop, in: scope)
      return .none
    case .seed(let expression):
      guard case .int(let seed) = try evaluate(expression, in: scope) else {
        throw failure(.wrongType, "the seed must be an int", at: expression.span)
      }
      try placing("seed", at: statement.span) { try host.setSeed(seed, at: statement.span) }
      return .none
    case .table(let table):
      return try execute(table, in: scope, at: statement.span)
    case .row(let label, let value):
      try executeRow(label, value, in: scope, at: statement.span)
      return .none
    case .claim(let text, let expression):
      let text = try evaluateText(text, in: scope)
      try noteOutput("the claim", text, at: statement.span)
      let (value, comparedSingles) = try watchingComparisons {
        try evaluate(expression, in: scope)
      }
      return try placing("claim", at: statement.span) {
        try host.judgeClaim(
          text, value: value, comparesSingles: comparedSingles, at: statement.span)
      }
    case .figure(let name, let expression):
      let name = try evaluateText(name, in: scope)
      try noteOutput("the figure", name, at: statement.span)
      let value = try evaluate(expression, in: scope)
      return try placing("figure", at: statement.span) {
        try host.drawFigure(name, value: value, at: statement.span)
      }
    case .prose(let text):
      try placing("prose", at: statement.span) { try host.prose(text, at: statement.span) }
      return .none
    case .parameter, .include:
      throw failure(
        .misplacedStatement, "this is allowed only at the top level of a file", at: statement.span)
    }
  }

  /// Evaluates something, and says whether single measured numbers were compared in it.
  private func watchingComparisons<T>(_ body: () throws -> T) rethrows -> (T, Bool) {
    let before = comparedSingles
    comparedSingles = false
    defer { comparedSingles = comparedSingles || before }
    let value = try body()
    return (value, comparedSingles)
  }

  /// Runs a block in a scope of its own; its value is that of its last statement.
  func execute(_ block: Block, in scope: Scope) throws -> Value {
    let inner = Scope(parent: scope)
    var last = Value.none
    for statement in block.statements { last = try execute(statement, in: inner) }
    return last
  }

  /// Runs host code, giving its errors their place.
  func placing<Result>(
    _ name: String, at span: SourceSpan, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch {
      throw placed(error, in: name, at: span)
    }
  }

  private func execute(_ loop: Loop, in scope: Scope) throws {
    let sequence = try evaluate(loop.sequence, in: scope)
    if sequence.isPending {
      host.leavesOpen()
      return
    }
    switch sequence {
    case .list(let list):
      for element in list { try executeBody(loop, element, in: scope) }
    case .range(.ints(let lower, let upper)):
      guard lower <= upper else { return }
      for number in lower...upper { try executeBody(loop, .int(number), in: scope) }
    default:
      throw failure(
        .wrongType, "`for` needs a list or a range of integers, got \(sequence.summary)",
        at: loop.sequence.span)
    }
  }

  private func executeBody(_ loop: Loop, _ element: Value, in scope: Scope) throws {
    try charge(at: loop.body.span)
    let inner = Scope(parent: scope)
    inner.bind(loop.variable.name, element)
    _ = try execute(loop.body, in: inner)
  }

  private func execute(
    _ table: TableNode, in scope: Scope, at span: SourceSpan
  ) throws -> Value {
    let title = try evaluateText(table.title, in: scope)
    try noteOutput("the table", title, at: span)
    let key = try table.key.map { try evaluateText($0, in: scope) }
    openTables.append(TableBuilder())
    _ = try execute(table.body, in: scope)
    let rows = openTables.removeLast().rows
    let beside = try table.beside.map { try evaluate($0, in: scope) }
    let definition = TableDefinition(title: title, key: key, rows: rows, beside: beside, span: span)
    return try placing("table", at: span) {
      try host.defineTable(definition, interpreter: self)
    }
  }

  private func executeRow(
    _ label: Expression, _ expression: Expression, in scope: Scope, at span: SourceSpan
  ) throws {
    let text = try evaluateText(label, in: scope)
    guard let last = openTables.indices.last else {
      throw failure(.misplacedStatement, "`row` is allowed only inside a `table`", at: span)
    }
    if let twin = openTables[last].row(text) {
      throw failure(
        .duplicateRow, "duplicate row \"\(text)\" in the table", at: label.span,
        notes: [Diagnostic.Note("the first one is here", span: twin.span)])
    }
    try requireCount(openTables[last].rows.count + 1, at: span)
    rowLabel = text
    defer { rowLabel = nil }
    let value = try evaluate(expression, in: scope)
    openTables[last].add(.init(label: text, value: value, span: span))
  }

  /// The text of a string literal.
  private func evaluateText(_ expression: Expression, in scope: Scope) throws -> String {
    try text(of: evaluate(expression, in: scope), at: expression.span)
  }
}
