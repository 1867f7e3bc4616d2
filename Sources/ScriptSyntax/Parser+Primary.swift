import Diagnostics

extension Parser {
  mutating func parsePrimary() throws -> Expression {
    let token = current
    switch token.kind {
    case .int(let value):
      advance()
      if value == .min {
        let digits = previousSpan.text.filter { $0 != "_" }
        throw fail(
          "\(digits) is too large for a 64-bit integer", code: .invalidNumber, at: previousSpan)
      }
      return try node(.int(value), previousSpan)
    case .float(let value):
      advance()
      return try node(.float(value), previousSpan)
    case .string:
      return try parseStringLiteral()
    case .identifier(let name):
      advance()
      return try node(.name(name), previousSpan)
    case .symbol(.openParenthesis):
      return try parseParenthesised()
    case .symbol(.openBracket):
      return try parseList()
    case .symbol(.openBrace):
      return try parseRecord()
    case .keyword(let keyword):
      return try parseKeyword(keyword)
    case .symbol, .prose, .end:
      throw fail("expected a value, found \(foundHere)", suggestion: hint(for: token))
    }
  }

  private func hint(for token: Token) -> String? {
    if token.isSymbol(.assign) { return "use `let name = ...` to bind a name, `==` to compare" }
    return nil
  }

  private mutating func parseKeyword(_ keyword: Keyword) throws -> Expression {
    let span = currentSpan
    switch keyword {
    case .true, .false:
      advance()
      return try node(.bool(keyword == .true), span)
    case .none:
      advance()
      return try node(.none, span)
    case .fn:
      let function = try parseFunction()
      return try node(.function(function), function.span, over: function.body.depth)
    case .if:
      return try parseConditional()
    default:
      throw fail("expected a value, found `\(keyword.rawValue)`")
    }
  }

  private mutating func parseParenthesised() throws -> Expression {
    let start = take()
    let inner = try parseExpression()
    if current.isSymbol(.comma) || current.isSymbol(.colon) {
      throw fail(
        "expected `)`, found \(foundHere)",
        suggestion: "write a list as [a, b] and a call without a space: f(a, b)")
    }
    try expect(.closeParenthesis, "to close the bracket")
    return Expression(inner.kind, start.joined(previousSpan), depth: inner.depth)
  }

  private mutating func parseList() throws -> Expression {
    let start = take()
    var elements: [Expression] = []
    while !current.isSymbol(.closeBracket) {
      elements.append(try parseExpression())
      if !accept(.comma) { break }
    }
    try expect(.closeBracket, "or `,` in a list")
    return try node(
      .list(elements), start.joined(previousSpan), over: elements.map(\.depth).max() ?? 0)
  }

  private mutating func parseRecord() throws -> Expression {
    let start = currentSpan
    marks.recordBraces.insert(start.start)
    advance()
    let entries = try parseFields(until: .closeBrace)
    try expect(.closeBrace, "or `,` in a record")
    return try node(
      .record(entries), start.joined(previousSpan), over: entries.map(\.value.depth).max() ?? 0)
  }

  /// `name: value, other: value`, up to a bracket.
  private mutating func parseFields(until bracket: Symbol) throws -> [RecordEntry] {
    var entries: [RecordEntry] = []
    var names: Set<String> = []
    while !current.isSymbol(bracket) {
      let key = try parseRecordKey()
      if !names.insert(key.name).inserted {
        throw fail(
          "duplicate field `\(key.name)`", code: .duplicateField, at: key.span)
      }
      try expect(.colon, "after a field name")
      entries.append(RecordEntry(key: key, value: try parseExpression()))
      if !accept(.comma) { break }
    }
    return entries
  }

  /// What stands between the brackets behind a value: one index, one for each axis of a tensor
  /// (a list), or some by the names of their axes (a record).
  mutating func parseIndex() throws -> Expression {
    let start = currentSpan
    if current.label != nil, peek().isSymbol(.colon) {
      let entries = try parseFields(until: .closeBracket)
      return try node(
        .record(entries), start.joined(previousSpan),
        over: entries.map(\.value.depth).max() ?? 0)
    }
    let first = try parseExpression()
    guard current.isSymbol(.comma) else { return first }
    var elements = [first]
    while accept(.comma), !current.isSymbol(.closeBracket) {
      elements.append(try parseExpression())
    }
    return try node(
      .list(elements), start.joined(previousSpan), over: elements.map(\.depth).max() ?? 0)
  }

  private mutating func parseRecordKey() throws -> Identifier {
    if let label = current.label { return Identifier(name: label, span: take()) }
    if case .string(let pieces) = current.kind, pieces.count <= 1 {
      switch pieces.first {
      case .text(let text)?: return Identifier(name: text, span: take())
      case nil: return Identifier(name: "", span: take())
      case .code?: break
      }
    }
    throw fail(
      "expected a field name, found \(foundHere)",
      suggestion: "write a record as `{name: value, other: value}`")
  }

  private mutating func parseConditional() throws -> Expression {
    let start = take()
    let condition = try parseExpression()
    let then = try parseBlock("after the condition of `if`")
    var otherwise: Block?
    if accept(.else) {
      if current.isKeyword(.if) {
        let inner = try nested { try $0.parseConditional() }
        otherwise = Block(
          statements: [Statement(kind: .expression(inner), span: inner.span)], span: inner.span)
      } else {
        otherwise = try parseBlock("after `else`")
      }
    }
    let conditional = Conditional(condition: condition, then: then, otherwise: otherwise)
    return try node(
      .conditional(conditional), start.joined(previousSpan),
      over: max(condition.depth, then.depth, otherwise?.depth ?? 0))
  }

  /// A string; its `{}` parts are parsed from the tokens that the lexer found inside.
  mutating func parseStringLiteral() throws -> Expression {
    guard case .string(let pieces) = current.kind else {
      throw fail("expected a string, found \(foundHere)")
    }
    let span = take()
    var segments: [StringSegment] = []
    var depth = 0
    for piece in pieces {
      switch piece {
      case .text(let text):
        segments.append(.text(text))
      case .code(let code):
        let inner = try parseInterpolation(code)
        depth = max(depth, inner.depth)
        segments.append(.interpolation(inner))
      }
    }
    return try node(.string(segments), span, over: depth)
  }

  private mutating func parseInterpolation(_ code: [Token]) throws -> Expression {
    var inner = Parser(file: file, tokens: code)
    inner.nesting = nesting
    defer { diagnostics += inner.diagnostics }
    if inner.current.isEnd {
      throw inner.fail(
        "expected a value between the braces", suggestion: "write `\\{` for a brace in a string")
    }
    let expression = try inner.parseExpression()
    guard inner.current.isEnd else {
      throw inner.fail("expected `}` in a string, found \(inner.foundHere)")
    }
    return expression
  }
}
