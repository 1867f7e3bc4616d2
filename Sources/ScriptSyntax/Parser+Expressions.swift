import Diagnostics

extension Parser {
  /// How tight operators bind, loosest first.
  enum Precedence: Int, Comparable {
    case or = 1
    case and, not, comparison, range, sum, product, prefix

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .prefix }
  }

  /// Any expression, pipes included.
  mutating func parseExpression() throws -> Expression {
    try nested { parser in
      let first = try parser.parseOperation()
      return try parser.parsePipes(first, allowsCommandStyle: false)
    }
  }

  /// An expression of operators that bind at least as tight as the given one.
  ///
  /// Precedence climbing rather than one method for each level keeps the stack of deeply nested
  /// expressions small.
  mutating func parseOperation(from minimum: Precedence = .or) throws -> Expression {
    var left: Expression
    if current.isKeyword(.not), minimum <= .not {
      let start = take()
      let operand = try nested { try $0.parseOperation(from: .not) }
      left = try node(.unary(.not, operand), start.joined(operand.span), over: operand.depth)
    } else {
      left = try parsePrefix()
    }
    while let level = operatorLevel, level >= minimum {
      let sign = current.kind
      advance()
      let right = try nested { try $0.parseOperation(from: level.next) }
      left = try node(
        makeOperation(sign, left, right), left.span.joined(right.span),
        over: max(left.depth, right.depth))
      if level == .comparison || level == .range, operatorLevel == level {
        throw fail(
          level == .range ? "ranges cannot be chained" : "comparisons cannot be chained",
          suggestion: level == .range ? nil : "write `a < b and b < c`")
      }
    }
    return left
  }

  /// How tight the binary operator at the current token binds; nil if there is none.
  private var operatorLevel: Precedence? {
    // Outside brackets a line break ends the statement.
    if current.isFirstOnLine, endsAtLineBreak { return nil }
    switch current.kind {
    case .keyword(.or): return .or
    case .keyword(.and): return .and
    case .keyword(.in): return .comparison
    case .symbol(let symbol): return symbol.precedence
    default: return nil
    }
  }

  private func makeOperation(
    _ sign: Token.Kind, _ left: Expression, _ right: Expression
  ) -> Expression.Kind {
    switch sign {
    case .keyword(.or): return .binary(.or, left, right)
    case .keyword(.and): return .binary(.and, left, right)
    case .symbol(let symbol):
      guard let operation = symbol.operation else { return .range(left, right) }
      return .binary(operation, left, right)
    default: return .binary(.contains, left, right)
    }
  }

  /// Whether the innermost open bracket is a block, or none is open.
  var endsAtLineBreak: Bool {
    guard let bracket = openBrackets.last else { return true }
    return bracket.isSymbol(.openBrace) && !marks.recordBraces.contains(bracket.start)
  }

  /// A sign, a power, or an operand.
  mutating func parsePrefix() throws -> Expression {
    if current.isSymbol(.minus) {
      let start = take()
      marks.signs.insert(start.start)
      if case .int(.min) = current.kind, !peek().isSymbol(.power) {
        return try node(.int(.min), start.joined(take()))
      }
      let operand = try nested { try $0.parsePrefix() }
      return try node(.unary(.negate, operand), start.joined(operand.span), over: operand.depth)
    }
    if current.isSymbol(.plus) {
      throw fail("unary `+` is not supported", suggestion: "remove it")
    }
    let base = try parsePostfix()
    guard current.isSymbol(.power), !(current.isFirstOnLine && endsAtLineBreak) else {
      return base
    }
    advance()
    let exponent = try nested { try $0.parsePrefix() }
    return try node(
      .binary(.power, base, exponent), base.span.joined(exponent.span),
      over: max(base.depth, exponent.depth))
  }

  /// Calls, indices and fields, as long as they stand on the same line.
  private mutating func parsePostfix() throws -> Expression {
    var base = try parsePrimary()
    while !current.isFirstOnLine {
      if current.isSymbol(.openParenthesis) {
        let arguments = try parseArguments()
        base = try makeCall(base, arguments, .parentheses, from: base.span)
      } else if current.isSymbol(.openBracket), !current.hasSpaceBefore {
        advance()
        let index = try parseIndex()
        try expect(.closeBracket, "after an index")
        base = try node(
          .index(base, index), base.span.joined(previousSpan),
          over: max(base.depth, index.depth))
      } else if accept(.dot) {
        guard let label = current.label else {
          throw fail("expected a field name after `.`, found \(foundHere)")
        }
        let field = Identifier(name: label, span: take())
        base = try node(
          .field(base, field), base.span.joined(previousSpan), over: base.depth)
      } else {
        break
      }
    }
    return base
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

extension Symbol {
  /// How tight the sign binds between two operands; nil where it is no operator. A power is none
  /// of these: it binds to its left side alone.
  fileprivate var precedence: Parser.Precedence? {
    switch self {
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: return .comparison
    case .range: return .range
    case .plus, .minus: return .sum
    case .times, .divide, .floorDivide, .remainder: return .product
    default: return nil
    }
  }

  fileprivate var operation: BinaryOperator? {
    switch self {
    case .equal: return .equal
    case .notEqual: return .notEqual
    case .less: return .less
    case .lessOrEqual: return .lessOrEqual
    case .greater: return .greater
    case .greaterOrEqual: return .greaterOrEqual
    case .plus: return .add
    case .minus: return .subtract
    case .times: return .multiply
    case .divide: return .divide
    case .floorDivide: return .floorDivide
    case .remainder: return .remainder
    default: return nil
    }
  }
}
