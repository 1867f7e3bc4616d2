import Diagnostics
import ScriptSyntax

extension CheckWalker {
  /// Checks one statement and says what is known of its value.
  @discardableResult
  mutating func check(_ statement: Statement, isLast: Bool) -> CheckedValue {
    switch statement.kind {
    case .binding(let binding):
      checkBinding(binding)
    case .function(let function):
      guard let name = function.name else { break }
      beginDefinition(name)
      let value = check(function)
      bind(name, value, warnsWhenUnused: true)
    case .expression(let expression):
      return checkStatementExpression(expression, isLast: isLast)
    case .loop(let loop):
      check(loop)
    case .parameter(let node):
      requireTopLevel("param", statement.span)
      check(node)
    case .seed(let expression):
      requireTopLevel("seed", statement.span)
      check(expression, wants: .int, "the seed")
      if let seedSpan, !isSession {
        report(
          .boundTwice, "the seed is already set", at: statement.span,
          notes: [Diagnostic.Note("first set here", span: seedSpan)])
      }
      if let firstSeedRead, seedSpan == nil, !isSession {
        report(
          .boundTwice, "the seed is set after `\(firstSeedRead.name)` used it",
          at: statement.span,
          notes: [Diagnostic.Note("the seed was used here", span: firstSeedRead.span)],
          suggestion: "move `seed` above the first command")
      }
      seedSpan = statement.span
    case .include(let include):
      requireTopLevel("include", statement.span)
      if let script = program.included[include.span] {
        includeDepth += 1
        checkFile(script)
        includeDepth -= 1
      }
    case .table(let table):
      requireOutsideFunction("table", statement.span)
      check(table, at: statement.span)
      return CheckedValue(.table)
    case .row(let label, let value):
      if !isInTable {
        report(
          .misplacedStatement, "`row` is allowed only inside a `table`", at: statement.span)
      }
      check(label)
      check(value)
    case .claim(let text, let value):
      requireOutsideFunction("claim", statement.span)
      noteOutput("the claim", text: text)
      check(text)
      checkClaim(value)
    case .figure(let name, let value):
      requireOutsideFunction("figure", statement.span)
      noteOutput("the figure", text: name)
      if case .string(let name)? = check(name).literal,
        let fault = ScriptPath.fault(in: "figures/" + name)
      {
        report(
          .pathOutside, "a figure name is a path under figures/; \(quoted(name)) \(fault)",
          at: statement.span)
      }
      check(value)
    case .prose:
      break
    }
    return CheckedValue(.none)
  }

  private mutating func noteOutput(_ kind: String, text: Expression) {
    guard case .string(let name)? = Literal(text) else { return }
    noteOutput(kind, name, at: text.span)
  }

  /// A claim about measured numbers says how near is near enough, or looks at the interval. The
  /// comparison may stand in a function or behind a name.
  private mutating func checkClaim(_ value: Expression) {
    let checked = check(value)
    guard let comparison = checked.comparison else { return }
    let isHere = comparison.span == value.span
    let notes = isHere ? [] : [Diagnostic.Note("compared here", span: comparison.span)]
    if comparison.operation == .equal || comparison.operation == .notEqual {
      // One word about it is enough.
      if isHere, let last = diagnostics.last, last.code == .floatEquality, last.span == value.span {
        diagnostics.removeLast()
      }
      report(
        .claimWithoutTolerance,
        "the claim compares measured numbers with `\(comparison.operation.rawValue)`",
        at: value.span, notes: notes,
        suggestion: "write `within(a, b, tolerance: 0.5)`, or `better(a, b)` over seeds")
    } else {
      report(
        .claimWithoutInterval,
        "the claim compares single numbers with `\(comparison.operation.rawValue)`",
        at: value.span, notes: notes,
        suggestion: "`better(a, b)` takes one number per seed and judges their confidence interval")
    }
  }

  private mutating func requireTopLevel(_ word: String, _ span: SourceSpan) {
    guard scopes.count > 1 else { return }
    report(.misplacedStatement, "`\(word)` is allowed only at the top level of a file", at: span)
  }

  private mutating func requireOutsideFunction(_ word: String, _ span: SourceSpan) {
    if !functions.isEmpty {
      report(.misplacedStatement, "`\(word)` is not allowed inside a function", at: span)
    } else if isInTable {
      report(.misplacedStatement, "`\(word)` is not allowed inside a table", at: span)
    }
  }

  private mutating func checkBinding(_ binding: Binding) {
    var isFunction = false
    if case .function = binding.value.kind { isFunction = true }
    // In a session `let x = x + 1` speaks of the old x.
    if !isSession || isFunction || scopes.count > 1 { beginDefinition(binding.name) }
    let value = check(binding.value)
    if value.type == .none, case .call = binding.value.kind {
      report(
        .wrongType, "`\(binding.name.name)` is bound to a call that returns no value",
        at: binding.value.span)
    }
    bind(binding.name, value, warnsWhenUnused: true)
  }

  private mutating func checkStatementExpression(
    _ expression: Expression, isLast: Bool
  ) -> CheckedValue {
    let value = check(expression)
    let isDropped = !isLast || (scopes.count == 1 && !isSession)
    switch expression.kind {
    case .call, .conditional: break
    default:
      if isDropped {
        report(
          .unusedValue, "this value is not used", at: expression.span,
          suggestion: "print it, bind it with `let`, or remove it")
      }
    }
    return value
  }

  private mutating func check(_ loop: Loop) {
    let sequence = check(loop.sequence)
    var element = ValueType.any
    switch sequence.type {
    case .list(let type): element = type
    case .range: element = .int
    case .any, .either: break
    default:
      report(
        .wrongType, "`for` needs a list or range, got \(sequence.type)",
        at: loop.sequence.span,
        suggestion: sequence.type == .record
          ? "loop over `keys(record)`"
          : sequence.type == .int ? "write a range such as `1..\(loop.sequence.span.text)`" : nil)
    }
    scopes.append(CheckScope())
    bind(loop.variable, CheckedValue(element), warnsWhenUnused: false)
    check(loop.body)
    scopes.removeLast()
  }

  private mutating func check(_ node: ParameterNode) {
    do {
      let declaration = try ParameterDeclaration(node, types: types)
      bind(node.name, CheckedValue(declaration.type), warnsWhenUnused: true)
    } catch {
      if let diagnostic = error as? Diagnostic { diagnostics.append(diagnostic) }
      bind(node.name, CheckedValue(.any), warnsWhenUnused: false)
    }
  }

  private mutating func check(_ table: TableNode, at span: SourceSpan) {
    noteOutput("the table", text: table.title)
    check(table.title)
    if let key = table.key { check(key) }
    let outer = isInTable
    isInTable = true
    check(table.body)
    isInTable = outer
    if let beside = table.beside { check(beside) }
  }

  /// Checks a block in a scope of its own; gives what is known of its value.
  @discardableResult
  mutating func check(_ block: Block) -> CheckedValue {
    scopes.append(CheckScope(statements: block.statements))
    var value = CheckedValue(.none)
    for (index, statement) in block.statements.enumerated() {
      value = check(statement, isLast: index == block.statements.count - 1)
    }
    warnAboutUnused(scopes.removeLast())
    return value
  }

  /// Checks a function where it is written; its parameters may be anything unless they say.
  mutating func check(_ function: FunctionNode) -> CheckedValue {
    let wasInTable = isInTable
    isInTable = false
    functions.append(function)
    scopes.append(CheckScope())
    for parameter in function.parameters {
      var type = ValueType.any
      if let name = parameter.type {
        do {
          type = try ValueType(name, known: types)
        } catch {
          if let diagnostic = error as? Diagnostic { diagnostics.append(diagnostic) }
        }
      }
      if let value = parameter.defaultValue {
        check(value, wants: type, "the default of `\(parameter.name.name)`")
      }
      bind(parameter.name, CheckedValue(type), warnsWhenUnused: false)
    }
    let result = check(function.body)
    scopes.removeLast()
    functions.removeLast()
    isInTable = wasInTable
    var value = CheckedValue(.function)
    value.function = function
    value.result = result.type
    value.comparison = result.comparison
    return value
  }
}
