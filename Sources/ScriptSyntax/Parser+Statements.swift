import Diagnostics

extension Parser {
  /// All statements up to the end of the file.
  mutating func parseFile() -> [Statement] {
    var statements: [Statement] = []
    while !current.isEnd {
      if current.isSymbol(.closeBrace) {
        _ = fail("unmatched `}`", code: .unclosedBracket)
        advance()
        continue
      }
      parseOne(into: &statements)
    }
    return statements
  }

  /// One statement with its end; recovers from errors.
  private mutating func parseOne(into statements: inout [Statement]) {
    if accept(.semicolon) { return }
    let depth = openBrackets.count
    let start = index
    do {
      let statement = try nested { try $0.parseStatement() }
      try endStatement(startingAt: start)
      statements.append(statement)
    } catch {
      noteBrokenName(at: start)
      if index == start { advance() }
      recover(to: depth)
    }
  }

  /// A statement ends at a line break, `;`, `}` or the end of the file.
  private mutating func endStatement(startingAt start: Int) throws {
    if accept(.semicolon) || current.isEnd || current.isFirstOnLine { return }
    if current.isSymbol(.closeBrace), !openBrackets.isEmpty { return }
    if current.isSymbol(.assign) {
      throw fail(
        "assignment needs `let`", suggestion: "write `let name = value`")
    }
    if case .symbol(let symbol) = current.kind, symbol.isClosing {
      throw fail("unmatched `\(symbol.rawValue)`", code: .unclosedBracket)
    }
    let hint = tokens[start].identifier.flatMap(UnfamiliarWords.hint)
    throw fail(
      "expected end of statement, found \(foundHere)",
      suggestion: hint ?? "put a line break or `;` between statements")
  }

  /// Remembers the name that a broken statement was to bind, so that its uses are not reported too.
  private mutating func noteBrokenName(at start: Int) {
    let token = tokens[start]
    guard token.isKeyword(.let) || token.isKeyword(.fn) || token.identifier == "param",
      start + 1 < tokens.count, let name = tokens[start + 1].identifier
    else { return }
    brokenNames.insert(name)
  }

  mutating func parseBlock(_ purpose: String) throws -> Block {
    let start = currentSpan
    try expect(.openBrace, purpose)
    var statements: [Statement] = []
    while !current.isSymbol(.closeBrace) {
      if current.isEnd { throw fail("expected `}`") }
      parseOne(into: &statements)
    }
    advance()
    return Block(statements: statements, span: start.joined(previousSpan))
  }

  private mutating func parseStatement() throws -> Statement {
    let start = currentSpan
    let kind = try parseStatementKind()
    return Statement(kind: kind, span: start.joined(previousSpan))
  }

  private mutating func parseStatementKind() throws -> Statement.Kind {
    switch current.kind {
    case .prose(let text):
      advance()
      return .prose(text)
    case .keyword(.let):
      advance()
      return try parseBinding()
    case .keyword(.fn) where peek().identifier != nil:
      return .function(try parseFunction())
    case .keyword(.for):
      advance()
      return try parseLoop()
    case .identifier(let word):
      if let kind = try parseWordStatement(word) { return kind }
    default: break
    }
    return .expression(try parseStatementExpression())
  }

  /// Statements that begin with a word which elsewhere may be a name.
  private mutating func parseWordStatement(_ word: String) throws -> Statement.Kind? {
    let following = peek()
    guard !following.isFirstOnLine else { return nil }
    let startsWithString: Bool
    if case .string = following.kind { startsWithString = true } else { startsWithString = false }
    switch word {
    case "param" where following.identifier != nil:
      advance()
      return try parseParameter()
    case "seed" where startsOperand(following):
      advance()
      return .seed(try parseExpression())
    case "include" where startsWithString:
      advance()
      return try parseInclude()
    case "table" where startsWithString:
      advance()
      return try parseTable()
    case "row" where startsWithString:
      advance()
      let label = try parseStringLiteral()
      try expect(.colon, "after a row label")
      return .row(label: label, value: try parseExpression())
    case "claim" where startsWithString:
      advance()
      return .claim(text: try parseStringLiteral(), value: try parseExpression())
    case "figure" where startsWithString:
      advance()
      return .figure(name: try parseStringLiteral(), value: try parseExpression())
    default:
      return nil
    }
  }

  private func startsOperand(_ token: Token) -> Bool {
    switch token.kind {
    case .int, .float, .string, .identifier: return true
    default: return false
    }
  }

  private mutating func parseBinding() throws -> Statement.Kind {
    let name = try expectName("a name after `let`")
    try expect(.assign, "after the name")
    return .binding(Binding(name: name, value: try parseExpression()))
  }

  private mutating func parseLoop() throws -> Statement.Kind {
    let variable = try expectName("a loop variable")
    try expect(.in, "after the loop variable")
    let sequence = try parseExpression()
    let body = try parseBlock("before the loop body")
    return .loop(Loop(variable: variable, sequence: sequence, body: body))
  }

  private mutating func parseParameter() throws -> Statement.Kind {
    let name = try expectName("a parameter name")
    try expect(.colon, "and a type after the parameter name")
    let type = try parseType()
    try expect(.assign, "and a default after the parameter type")
    let value = try parseOperation(from: .range)
    let domain = accept(.in) ? try parseExpression() : nil
    return .parameter(ParameterNode(name: name, type: type, defaultValue: value, domain: domain))
  }

  mutating func parseType() throws -> TypeName {
    let word = try expectName("a type")
    var elements: [TypeName] = []
    if current.isSymbol(.openParenthesis), !current.isFirstOnLine {
      advance()
      elements.append(try nested { try $0.parseType() })
      try expect(.closeParenthesis, "after the element type")
    }
    return TypeName(
      name: word.name, elements: elements, span: word.span.joined(previousSpan))
  }

  private mutating func parseInclude() throws -> Statement.Kind {
    let span = currentSpan
    let literal = try parseStringLiteral()
    guard case .string(let segments) = literal.kind, segments.count == 1,
      case .text(let path) = segments[0]
    else {
      throw fail("an include path must be a plain string", at: span)
    }
    return .include(Include(path: path, span: span))
  }

  private mutating func parseTable() throws -> Statement.Kind {
    let title = try parseStringLiteral()
    var key: Expression?
    if current.identifier == "key" {
      advance()
      key = try parseStringLiteral()
    }
    let body = try parseBlock("before the table rows")
    var beside: Expression?
    if current.identifier == "beside", !current.isFirstOnLine {
      advance()
      beside = try parseExpression()
    }
    return .table(TableNode(title: title, key: key, body: body, beside: beside))
  }

  /// `fn [name](parameters) { body }`
  mutating func parseFunction() throws -> FunctionNode {
    let start = currentSpan
    try expect(.fn, "")
    let name = current.identifier != nil ? try expectName("a function name") : nil
    try expect(.openParenthesis, "before the function parameters")
    var parameters: [FunctionParameter] = []
    while !current.isSymbol(.closeParenthesis) {
      let parameter = try expectName("a parameter name")
      guard parameters.count < FunctionNode.maximumParameters else {
        throw fail(
          "a function can have at most \(FunctionNode.maximumParameters) parameters",
          code: .nestingTooDeep, at: parameter.span, suggestion: "pass a record or a list")
      }
      if let twin = parameters.first(where: { $0.name.name == parameter.name }) {
        throw fail(
          "duplicate parameter `\(twin.name.name)`", code: .boundTwice, at: parameter.span)
      }
      let type = accept(.colon) ? try parseType() : nil
      let value = accept(.assign) ? try parseExpression() : nil
      if value == nil, parameters.last?.defaultValue != nil {
        throw fail(
          "`\(parameter.name)` needs a default because the parameter before it has one",
          at: parameter.span)
      }
      parameters.append(FunctionParameter(name: parameter, type: type, defaultValue: value))
      if !accept(.comma) { break }
    }
    try expect(.closeParenthesis, "after the function parameters")
    let body = try parseBlock("before the function body")
    return FunctionNode(
      name: name, parameters: parameters, body: body, span: start.joined(previousSpan))
  }
}
