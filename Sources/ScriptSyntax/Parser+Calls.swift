import Diagnostics

extension Parser {
  /// An expression at the beginning of a statement, where a call may drop its parentheses.
  mutating func parseStatementExpression() throws -> Expression {
    try nested { parser in
      let first =
        parser.startsCommand ? try parser.parseCommand() : try parser.parseOperation()
      return try parser.parsePipes(first, allowsCommandStyle: true)
    }
  }

  /// Whether a name is followed, on its line, by something that can only be an argument.
  private var startsCommand: Bool {
    guard current.identifier != nil else { return false }
    let following = peek()
    guard !following.isFirstOnLine else { return false }
    switch following.kind {
    case .identifier, .string, .int, .float:
      return true
    case .keyword(let keyword):
      if peek(2).isSymbol(.colon) { return true }
      return [.true, .false, .none, .fn, .not].contains(keyword)
    case .symbol(.openParenthesis), .symbol(.openBracket), .symbol(.openBrace):
      return following.hasSpaceBefore
    case .symbol(.minus):
      return following.hasSpaceBefore && !peek(2).hasSpaceBefore
    case .symbol, .prose, .end:
      return false
    }
  }

  /// `name value other: value third: value`
  private mutating func parseCommand() throws -> Expression {
    let name = current.identifier ?? ""
    let span = take()
    marks.commands.insert(span.start)
    let callee = try node(.name(name), span)
    var arguments: [Argument] = []
    if !startsNamedArgument {
      arguments.append(Argument(label: nil, value: try parseOperation()))
      _ = accept(.comma)
    }
    try parseNamedArguments(into: &arguments)
    return try makeCall(callee, arguments, .command, from: span)
  }

  private var startsNamedArgument: Bool {
    !current.isFirstOnLine && current.label != nil && peek().isSymbol(.colon)
  }

  /// Named arguments without parentheses, with or without commas between them.
  private mutating func parseNamedArguments(into arguments: inout [Argument]) throws {
    while startsNamedArgument, let label = current.label {
      let name = Identifier(name: label, span: take())
      advance()
      arguments.append(Argument(label: name, value: try parseOperation()))
      _ = accept(.comma)
    }
    if current.isFirstOnLine || current.isEnd { return }
    switch current.kind {
    case .identifier, .string, .int, .float:
      throw fail(
        "expected a named argument, found \(foundHere)",
        suggestion: "a call without parentheses takes one positional argument; "
          + "name the others (`name: value`) or write f(a, b)")
    default: return
    }
  }

  /// `(value, other: value)`
  mutating func parseArguments() throws -> [Argument] {
    advance()
    var arguments: [Argument] = []
    while !current.isSymbol(.closeParenthesis) {
      if let label = current.label, peek().isSymbol(.colon) {
        let name = Identifier(name: label, span: take())
        advance()
        arguments.append(Argument(label: name, value: try parseExpression()))
      } else {
        let value = try parseExpression()
        if arguments.last?.label != nil {
          throw fail(
            "positional argument after a named argument", code: .positionalAfterNamed,
            at: value.span, suggestion: "put positional arguments first")
        }
        arguments.append(Argument(label: nil, value: value))
      }
      if !accept(.comma) { break }
    }
    try expect(.closeParenthesis, "or `,` between arguments")
    return arguments
  }

  /// `left |> f(x) |> g`; the line may break before `|>`.
  mutating func parsePipes(_ first: Expression, allowsCommandStyle: Bool) throws -> Expression {
    var left = first
    while accept(.pipe) {
      let piped = Argument(label: nil, value: left)
      if allowsCommandStyle, current.identifier != nil, !peek().isFirstOnLine,
        peek().label != nil, peek(2).isSymbol(.colon)
      {
        let name = current.identifier ?? ""
        let callee = try node(.name(name), take())
        var arguments = [piped]
        try parseNamedArguments(into: &arguments)
        left = try makeCall(callee, arguments, .pipe, from: left.span)
        continue
      }
      let target = try nested { try $0.parsePrefix() }
      if case .call(let call) = target.kind, call.style == .parentheses {
        left = try makeCall(call.callee, [piped] + call.arguments, .pipe, from: left.span)
      } else {
        left = try makeCall(target, [piped], .pipe, from: left.span)
      }
    }
    return left
  }
}
