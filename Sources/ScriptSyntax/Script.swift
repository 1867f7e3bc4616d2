import Diagnostics

/// A parsed script.
public struct Script: Sendable {
  /// The version of the language that this parser reads.
  public static let version = 1
  public static let maximumBytes = 1 << 20

  public let file: SourceFile
  /// What could be parsed; complete when `diagnostics` holds no errors.
  public let statements: [Statement]
  public let diagnostics: [Diagnostic]
  /// Whether the text ends in `;`, by which a line of the REPL asks not to show its value.
  public let endsWithSemicolon: Bool
  /// Names whose definitions have syntax errors.
  public let brokenNames: Set<String>
  let comments: [Comment]

  /// Parses a file, whose first line must be `me 1`.
  public static func parse(_ text: String, path: String) -> Script {
    parse(SourceFile(path: path, text: text))
  }

  public static func parse(_ file: SourceFile) -> Script {
    parse(file, needsHeader: true)
  }

  /// Parses a line of the REPL, which has no header.
  public static func parseLine(_ text: String, path: String = "input") -> Script {
    parse(SourceFile(path: path, text: text), needsHeader: false)
  }

  private static func parse(_ file: SourceFile, needsHeader: Bool) -> Script {
    guard file.bytes.count <= maximumBytes else {
      let size = Diagnostic(
        .fileTooLarge, "the script is longer than 1 MiB",
        at: SourceSpan(file: file, start: 0, end: 0))
      return Script(
        file: file, statements: [], diagnostics: [size], endsWithSemicolon: false,
        brokenNames: [], comments: [])
    }
    var lexer = Lexer(file: file)
    let tokens = lexer.tokenise()
    var parser = Parser(file: file, tokens: tokens)
    parser.parseHeader(isRequired: needsHeader)
    let statements = parser.parseFile()
    var diagnostics = lexer.diagnostics + parser.diagnostics
    if !file.bytes.isValidUTF8 {
      let end = SourceSpan(file: file, start: 0, end: 0)
      diagnostics.append(Diagnostic(.invalidText, "the file is not valid UTF-8", at: end))
    }
    return Script(
      file: file, statements: statements, diagnostics: diagnostics.sortedByPlace().limited,
      endsWithSemicolon: tokens.dropLast().last?.isSymbol(.semicolon) ?? false,
      brokenNames: parser.brokenNames, comments: lexer.comments)
  }

  /// The warnings that comments `# ok(W0602): reason` accept, on their line or alone on the one
  /// above.
  public var acceptedWarnings: Set<AcceptedWarning> {
    var result: Set<AcceptedWarning> = []
    for comment in comments where comment.text.utf8.contains(UInt8(ascii: "(")) {
      let line = comment.span.location.line
      for mark in comment.text.ranges(of: "ok(") {
        let rest = comment.text[mark.upperBound...]
        guard let code = DiagnosticCode(rawValue: String(rest.prefix(16).prefix { $0 != ")" })),
          code.severity == .warning
        else { continue }
        result.insert(AcceptedWarning(code: code, line: line))
        if comment.standsAlone { result.insert(AcceptedWarning(code: code, line: line + 1)) }
      }
    }
    return result
  }

  /// Whether a text typed so far is a complete input: every bracket and string is closed, and no
  /// operator lacks its right operand. Otherwise the REPL asks for another line.
  public static func isComplete(_ text: String) -> Bool {
    var lexer = Lexer(file: SourceFile(path: "input", text: text))
    let tokens = lexer.tokenise()
    var open: [Symbol] = []
    for token in tokens {
      guard case .symbol(let symbol) = token.kind else { continue }
      if symbol.isOpening { open.append(symbol) }
      if let opening = symbol.closes {
        // A closing bracket that fits nothing is an error to report, not an input to continue.
        guard open.popLast() == opening else { return true }
      }
    }
    if !open.isEmpty { return false }
    guard tokens.count >= 2 else { return true }
    switch tokens[tokens.count - 2].kind {
    case .symbol(let symbol): return !Parser.continuingSymbols.contains(symbol)
    case .keyword(let keyword): return !Parser.continuingKeywords.contains(keyword)
    default:
      return true
    }
  }
}

/// A warning that the author has seen and keeps.
public struct AcceptedWarning: Sendable, Hashable {
  public let code: DiagnosticCode
  public let line: Int

  public init(code: DiagnosticCode, line: Int) {
    self.code = code
    self.line = line
  }
}

extension Parser {
  /// `me 1`
  mutating func parseHeader(isRequired: Bool) {
    guard current.identifier == "me", case .int(let version) = peek().kind, !peek().isFirstOnLine
    else {
      if isRequired {
        _ = fail(
          "missing header line `me \(Script.version)`", code: .missingHeader,
          at: SourceSpan(file: file, start: 0, end: currentSpan.end),
          suggestion: "add `me \(Script.version)` as the first line")
      }
      return
    }
    if version != Script.version {
      _ = fail(
        "this script uses language version \(version); "
          + "this program supports version \(Script.version)",
        code: .missingHeader, at: span(of: peek()))
    } else if isRequired, currentSpan.location.line != 1 {
      _ = fail("`me \(Script.version)` must be the first line of a script", code: .missingHeader)
    }
    advance()
    advance()
    if !current.isFirstOnLine, !accept(.semicolon) {
      _ = fail("expected a line break after `me \(version)`")
      recover(to: 0)
    }
  }
}

extension [UInt8] {
  fileprivate var isValidUTF8: Bool {
    String(validating: self, as: UTF8.self) != nil
  }
}
