import Diagnostics

/// Recursive-descent parser; one method per line of `grammar.txt`.
///
/// After an error it goes on with the next statement, so that one run reports several errors.
struct Parser {
  /// Thrown after a diagnostic was recorded; the nearest statement list recovers.
  struct Failure: Error {}

  static let maximumDepth = 200
  /// Brackets that may be open at once, those that a broken statement left open included.
  static let maximumBrackets = 1000

  /// What the parser found out about tokens that look alike, by their offsets.
  struct Marks {
    /// Braces that open records, inside which line breaks mean nothing.
    var recordBraces: Set<Int> = []
    /// Minus signs that are no differences.
    var signs: Set<Int> = []
    /// Names that are called without parentheses.
    var commands: Set<Int> = []
  }

  /// Signs and words that wait for something on the next line.
  static let continuingSymbols: Set<Symbol> = [
    .pipe, .power, .floorDivide, .range, .equal, .notEqual, .lessOrEqual, .greaterOrEqual, .comma,
    .colon, .assign, .less, .greater, .plus, .minus, .times, .divide, .remainder, .dot,
  ]
  static let continuingKeywords: Set<Keyword> = [.and, .or, .not, .in, .else]

  let file: SourceFile
  let tokens: [Token]
  var index = 0
  var diagnostics: [Diagnostic] = []
  /// Brackets that are open at this point, for messages and recovery.
  var openBrackets: [Token] = []
  var marks = Marks()
  /// Names whose definitions could not be parsed.
  var brokenNames: Set<String> = []
  /// Nested calls of the parser itself, those around an interpolation included.
  var nesting = 0
  /// True once nesting went too deep: nothing after that is worth reporting.
  private var isAborted = false

  init(file: SourceFile, tokens: [Token]) {
    self.file = file
    self.tokens = tokens
  }

  // MARK: - Tokens

  var current: Token { tokens[index] }
  var currentSpan: SourceSpan { span(of: current) }

  func peek(_ distance: Int = 1) -> Token {
    tokens[min(index + distance, tokens.count - 1)]
  }

  var previousSpan: SourceSpan { span(of: tokens[max(0, index - 1)]) }

  func span(of token: Token) -> SourceSpan {
    SourceSpan(file: file, start: token.start, end: token.end)
  }

  /// Goes on to the next token.
  mutating func advance() {
    if case .symbol(let symbol) = current.kind {
      if symbol.isOpening {
        if openBrackets.count >= Parser.maximumBrackets { return abort() }
        openBrackets.append(current)
      }
      if let opening = symbol.closes, openBrackets.last?.isSymbol(opening) == true {
        openBrackets.removeLast()
      }
    }
    if index < tokens.count - 1 { index += 1 }
  }

  /// Goes on to the next token; gives the place of the one left behind.
  mutating func take() -> SourceSpan {
    let span = currentSpan
    advance()
    return span
  }

  mutating func accept(_ symbol: Symbol) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func accept(_ keyword: Keyword) -> Bool {
    guard current.isKeyword(keyword) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: Symbol, _ purpose: String) throws {
    if accept(symbol) { return }
    throw fail("expected `\(symbol.rawValue)` \(purpose), found \(foundHere)")
  }

  mutating func expect(_ keyword: Keyword, _ purpose: String) throws {
    if accept(keyword) { return }
    throw fail("expected `\(keyword.rawValue)` \(purpose), found \(foundHere)")
  }

  mutating func expectName(_ purpose: String) throws -> Identifier {
    if let name = current.identifier {
      return Identifier(name: name, span: take())
    }
    if case .keyword(let keyword) = current.kind {
      throw fail("expected \(purpose), found the keyword `\(keyword.rawValue)`")
    }
    throw fail("expected \(purpose), found \(foundHere)")
  }

  /// How messages name the current token.
  var foundHere: String { current.summary(in: file) }

  // MARK: - Errors

  /// Records an error at the current token.
  mutating func fail(
    _ message: String, code: DiagnosticCode = .unexpectedToken, at span: SourceSpan? = nil,
    suggestion: String? = nil
  ) -> Failure {
    guard !isAborted else { return Failure() }
    if current.isEnd, span == nil, let opening = openBrackets.last {
      let place = self.span(of: opening)
      diagnostics.append(
        Diagnostic(.unclosedBracket, "unclosed `\(place.text)`", at: place))
      isAborted = true
      return Failure()
    }
    diagnostics.append(
      Diagnostic(code, message, at: span ?? currentSpan, suggestion: suggestion))
    return Failure()
  }

  /// Runs a nested part of the grammar, at most `maximumDepth` levels deep.
  mutating func nested<Result>(_ body: (inout Parser) throws -> Result) throws -> Result {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Parser.maximumDepth else {
      abort()
      throw Failure()
    }
    return try body(&self)
  }

  /// Reports that nesting is too deep and skips the rest of the file.
  private mutating func abort() {
    _ = fail(
      "expressions are nested more than \(Parser.maximumDepth) levels deep", code: .nestingTooDeep,
      at: currentSpan, suggestion: "name inner parts with `let`")
    isAborted = true
    index = tokens.count - 1
  }

  /// Builds a node, whose depth is one more than that of its deepest part.
  mutating func node(
    _ kind: Expression.Kind, _ span: SourceSpan, over deepest: Int = 0
  ) throws -> Expression {
    let depth = 1 + deepest
    guard depth <= Parser.maximumDepth else {
      throw fail(
        "expressions are nested more than \(Parser.maximumDepth) levels deep",
        code: .nestingTooDeep, at: span,
        suggestion: "name inner parts with `let`")
    }
    return Expression(kind, span, depth: depth)
  }

  /// Skips to the next statement after an error. `depth` brackets were open where the broken
  /// statement began.
  mutating func recover(to depth: Int) {
    while !current.isEnd {
      if openBrackets.count <= depth {
        if accept(.semicolon) { return }
        if current.isSymbol(.closeBrace), depth > 0 { return }
        if current.isFirstOnLine, canBeginStatement { return }
      } else if current.isSymbol(.closeBrace), depth > 0,
        !openBrackets[depth...].contains(where: { $0.isSymbol(.openBrace) })
      {
        // The brace of the block around: whatever was opened after it stays unclosed.
        openBrackets.removeLast(openBrackets.count - depth)
        return
      } else if current.isFirstOnLine, startsDefinition {
        openBrackets.removeLast(openBrackets.count - depth)
        return
      }
      advance()
    }
  }

  private var canBeginStatement: Bool {
    switch current.kind {
    case .symbol(let symbol):
      return [.openParenthesis, .openBracket, .openBrace, .minus].contains(symbol)
    case .keyword(let keyword):
      return ![.in, .else, .and, .or].contains(keyword)
    default:
      return true
    }
  }

  /// Words that begin a statement and stand nowhere else at the beginning of a line.
  private var startsDefinition: Bool {
    if current.isKeyword(.let) || current.isKeyword(.for) { return true }
    if current.isKeyword(.fn) { return peek().identifier != nil }
    guard let word = current.identifier else { return false }
    if word == "param" { return peek().identifier != nil }
    guard case .string = peek().kind else { return false }
    return ["table", "claim", "figure", "include"].contains(word)
  }
}
