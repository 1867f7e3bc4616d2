import Diagnostics

extension Parser {
  /// Levels of binary operators, loosest first; each binds tighter than the one before.
  enum Precedence: Int, Comparable {
    case or, and, comparison, sum, product

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    var next: Precedence? { Precedence(rawValue: rawValue + 1) }
  }

  /// Any expression, pipes included.
  mutating func parseExpression() throws -> Expression {
    try nested { parser in
      let first = try parser.parseOperators(.or)
      return try parser.parsePipes(first, allowsCommandStyle: false)
    }
  }

  /// An expression without the operators of the given level and looser ones.
  mutating func parseExpression(above level: Precedence) throws -> Expression {
    try nested { parser in
      guard let next = level.next else { return try parser.parsePrefix() }
      return try parser.parseRange(next)
    }
  }

  mutating func parseOperators(_ level: Precedence) throws -> Expression {
    var left = try parseOperand(above: level)
    while let operation = binaryOperator(at: level) {
      advance()
      let right = try parseOperand(above: level)
      left = try node(
        .binary(operation, left, right), left.span.joined(right.span), over: left.depth,
        right.depth)
      if level == .comparison, binaryOperator(at: level) != nil {
        throw fail(
          "comparisons do not chain", suggestion: "write `a < b and b < c`")
      }
    }
    return left
  }

  private mutating func parseOperand(above level: Precedence) throws -> Expression {
    switch level {
    case .or: return try parseOperators(.and)
    case .and: return try parseNot()
    case .comparison: return try parseRange(.sum)
    case .sum: return try parseOperators(.product)
    case .product: return try parsePrefix()
    }
  }

  /// The operator at the current token, if it belongs to this level and this statement.
  private func binaryOperator(at level: Precedence) -> BinaryOperator? {
    // Outside brackets a line break ends the statement.
    if current.isFirstOnLine, endsAtLineBreak { return nil }
    switch (level, current.kind) {
    case (.or, .keyword(.or)): return .or
    case (.and, .keyword(.and)): return .and
    case (.comparison, .keyword(.in)): return .contains
    case (_, .symbol(let symbol)): return Parser.operators[level]?[symbol]
    default: return nil
    }
  }

  private static let operators: [Precedence: [Symbol: BinaryOperator]] = [
    .comparison: [
      .equal: .equal, .notEqual: .notEqual, .less: .less, .lessOrEqual: .lessOrEqual,
      .greater: .greater, .greaterOrEqual: .greaterOrEqual,
    ],
    .sum: [.plus: .add, .minus: .subtract],
    .product: [
      .times: .multiply, .divide: .divide, .floorDivide: .floorDivide, .remainder: .remainder,
    ],
  ]

  /// Whether the innermost open bracket is a block, or none is open.
  var endsAtLineBreak: Bool {
    guard let bracket = openBrackets.last else { return true }
    return bracket.isSymbol(.openBrace) && !recordBraces.contains(bracket.span.start)
  }

  private mutating func parseNot() throws -> Expression {
    guard current.isKeyword(.not) else { return try parseOperators(.comparison) }
    let start = advance().span
    let operand = try nested { try $0.parseNot() }
    return try node(.unary(.not, operand), start.joined(operand.span), over: operand.depth)
  }

  /// `first..last`
  private mutating func parseRange(_ level: Precedence) throws -> Expression {
    let first = try parseOperators(level)
    guard current.isSymbol(.range), !(current.isFirstOnLine && endsAtLineBreak) else {
      return first
    }
    advance()
    let last = try parseOperators(level)
    return try node(
      .range(first, last), first.span.joined(last.span), over: first.depth, last.depth)
  }

  private mutating func parsePrefix() throws -> Expression {
    if current.isSymbol(.minus) {
      let start = advance().span
      let operand = try nested { try $0.parsePrefix() }
      return try node(.unary(.negate, operand), start.joined(operand.span), over: operand.depth)
    }
    if current.isSymbol(.plus) {
      throw fail("a number has no sign `+`", suggestion: "leave it out")
    }
    let base = try parsePostfix()
    guard current.isSymbol(.power), !(current.isFirstOnLine && endsAtLineBreak) else {
      return base
    }
    advance()
    let exponent = try nested { try $0.parsePrefix() }
    return try node(
      .binary(.power, base, exponent), base.span.joined(exponent.span), over: base.depth,
      exponent.depth)
  }

  /// Calls, indices and fields, as long as they stand on the same line.
  private mutating func parsePostfix() throws -> Expression {
    var base = try parsePrimary()
    while !current.isFirstOnLine {
      if current.isSymbol(.openParenthesis) {
        let arguments = try parseArguments()
        base = try makeCall(base, arguments, .parentheses, from: base.span)
      } else if current.isSymbol(.openBracket), !stopsAtSpace(base) {
        advance()
        let index = try parseExpression()
        try expect(.closeBracket, "after an index")
        base = try node(
          .index(base, index), base.span.joined(previousSpan), over: base.depth, index.depth)
      } else if accept(.dot) {
        guard let label = current.label else {
          throw fail("expected the name of a field after `.`, found \(current.summary)")
        }
        let field = Identifier(name: label, span: advance().span)
        base = try node(
          .field(base, field), base.span.joined(previousSpan), over: base.depth)
      } else {
        break
      }
    }
    return base
  }

  /// In `show x [1]`, as in a list, a bracket after a space does not belong to what precedes it.
  private func stopsAtSpace(_ base: Expression) -> Bool {
    current.hasSpaceBefore && base.span.end < current.span.start
  }

  mutating func makeCall(
    _ callee: Expression, _ arguments: [Argument], _ style: Call.Style, from start: SourceSpan
  ) throws -> Expression {
    let depth = arguments.reduce(callee.depth) { max($0, $1.value.depth) }
    return try node(
      .call(Call(callee: callee, arguments: arguments, style: style)), start.joined(previousSpan),
      over: depth)
  }
}
