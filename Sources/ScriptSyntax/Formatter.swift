import Diagnostics

/// Lays a script out in one way: two spaces for each level, one space around operators and after
/// commas, at most one empty line in a row, comments where they were. Lines are broken where the
/// author broke them. What the script means never changes.
public enum Formatter {
  /// The script in its canonical layout.
  ///
  /// - Throws: The first syntax error; a script that cannot be read is not rewritten.
  public static func format(_ text: String, path: String = "input") throws -> String {
    try format(SourceFile(path: path, text: text))
  }

  public static func format(_ file: SourceFile) throws -> String {
    let script = Script.parse(file)
    if let error = script.diagnostics.first(where: { $0.severity == .error }) { throw error }
    var lexer = Lexer(file: file)
    let tokens = lexer.tokenise()
    var parser = Parser(file: file, tokens: tokens)
    parser.parseHeader(isRequired: true)
    _ = parser.parseFile()
    var writer = LayoutWriter(file: file, marks: parser.marks)
    return writer.write(tokens, comments: lexer.comments)
  }
}

/// Writes tokens and comments one after the other.
private struct LayoutWriter {
  let file: SourceFile
  let marks: Parser.Marks
  private var output = ""
  /// The open brackets, with the output line that opened each.
  private var open: [(token: Token, line: Int)] = []
  private var line = 0
  private var isAtLineStart = true
  private var previous: Token?
  /// The last line of the source that was written.
  private var sourceLine = 1

  init(file: SourceFile, marks: Parser.Marks) {
    self.file = file
    self.marks = marks
  }

  mutating func write(_ tokens: [Token], comments: [Comment]) -> String {
    var remaining = comments[...]
    for (index, token) in tokens.enumerated() {
      while let comment = remaining.first, comment.span.start < token.start {
        write(comment)
        remaining.removeFirst()
      }
      if token.isEnd { break }
      write(token, next: tokens[index + 1])
    }
    if !isAtLineStart { output += "\n" }
    return output
  }

  private mutating func write(_ comment: Comment) {
    if comment.standsAlone {
      startLine(at: comment.span.start, of: nil)
      output += indentation(closing: false, continuing: false)
    } else if !isAtLineStart {
      output += "  "
    }
    output += comment.text + "\n"
    line += 1
    isAtLineStart = true
    sourceLine = comment.span.location.line
  }

  private mutating func write(_ token: Token, next: Token) {
    // A `;` at the end of a line says nothing.
    if token.isSymbol(.semicolon), next.isFirstOnLine || next.isSymbol(.closeBrace) {
      sourceLine = file.location(of: token.start).line
      return
    }
    if token.isFirstOnLine { startLine(at: token.start, of: token) }
    if isAtLineStart {
      output += indentation(closing: isClosing(token), continuing: continues(token))
    } else if needsSpace(before: token) {
      output += " "
    }
    output += file.text(from: token.start, to: token.end)
    if case .symbol(let symbol) = token.kind {
      if symbol.isOpening { open.append((token, line)) }
      if symbol.isClosing, !open.isEmpty { open.removeLast() }
    }
    isAtLineStart = false
    previous = token
    sourceLine = file.location(of: token.end).line
  }

  /// Ends the line, and keeps one empty line where the source has any, except after `{`.
  private mutating func startLine(at start: Int, of token: Token?) {
    if !isAtLineStart {
      output += "\n"
      line += 1
    }
    isAtLineStart = true
    let opensBlock =
      previous.map { isOpening($0) && sourceLine == file.location(of: $0.start).line } ?? true
    let isClosingLine = token.map(isClosing) ?? false
    if file.location(of: start).line > sourceLine + 1, !opensBlock, !isClosingLine, !output.isEmpty
    {
      output += "\n"
      line += 1
    }
  }

  /// Brackets that one line opens count as one level.
  private func indentation(closing: Bool, continuing: Bool) -> String {
    let inner = closing ? open.dropLast() : open[...]
    var levels = Set(inner.map(\.line)).count
    if closing, let last = open.last, inner.contains(where: { $0.line == last.line }) {
      levels -= 1
    }
    return String(repeating: "  ", count: levels + (continuing ? 1 : 0))
  }

  /// Whether a line goes on with the statement of the line before, outside brackets that say so.
  private func continues(_ token: Token) -> Bool {
    if let bracket = open.last?.token, !isBlock(bracket) { return false }
    if token.isSymbol(.pipe) { return true }
    switch previous?.kind {
    case .symbol(let symbol):
      return Parser.continuingSymbols.contains(symbol)
    case .keyword(let keyword):
      return Parser.continuingKeywords.contains(keyword)
    default: return false
    }
  }

  private func isBlock(_ token: Token) -> Bool {
    token.isSymbol(.openBrace) && !marks.recordBraces.contains(token.start)
  }

  private func isOpening(_ token: Token) -> Bool {
    if case .symbol(let symbol) = token.kind { return symbol.isOpening }
    return false
  }

  private func isClosing(_ token: Token) -> Bool {
    if case .symbol(let symbol) = token.kind { return symbol.isClosing }
    return false
  }

  private func needsSpace(before token: Token) -> Bool {
    guard let previous else { return false }
    switch previous.kind {
    case .symbol(.openParenthesis), .symbol(.openBracket), .symbol(.dot), .symbol(.range):
      return false
    case .symbol(.openBrace):
      return isBlock(previous) && !token.isSymbol(.closeBrace)
    case .symbol(.minus) where marks.signs.contains(previous.start):
      return false
    default: break
    }
    guard case .symbol(let symbol) = token.kind else { return true }
    switch symbol {
    case .comma, .colon, .semicolon, .dot, .range, .closeParenthesis, .closeBracket:
      return false
    case .closeBrace:
      return open.last.map { isBlock($0.token) } ?? true
    case .openParenthesis, .openBracket:
      if previous.isKeyword(.fn) { return false }
      // After a value it is a call or an index, unless it begins the value of a command.
      return !endsValue(previous) || marks.commands.contains(previous.start)
    default:
      return true
    }
  }

  private func endsValue(_ token: Token) -> Bool {
    switch token.kind {
    case .identifier, .int, .float, .string: return true
    case .keyword(let keyword): return [.true, .false, .none].contains(keyword)
    case .symbol(let symbol): return symbol.isClosing
    case .prose, .end: return false
    }
  }
}
