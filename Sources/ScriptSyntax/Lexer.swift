import Diagnostics

/// Cuts a script into tokens. Works on UTF-8 bytes and never stops at an error: what makes no sense
/// is reported and skipped.
struct Lexer {
  let file: SourceFile
  let bytes: [UInt8]
  private(set) var tokens: [Token] = []
  private(set) var comments: [Comment] = []
  var diagnostics: [Diagnostic] = []
  var position = 0
  /// Brackets open at this point; `##` is prose only outside of all.
  private var openBrackets = 0
  private var lineBreakPending = true
  private var spacePending = true
  /// How many strings the current interpolation lies in.
  var stringDepth = 0

  init(file: SourceFile) {
    self.file = file
    bytes = file.bytes
    // Scripts have about a token for each four bytes; growing an array of them copies it.
    tokens.reserveCapacity(bytes.count / 4 + 8)
  }

  /// The tokens of the whole file, closed by one `end` token.
  mutating func tokenise() -> [Token] {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    while let token = next() {
      tokens.append(token)
      track(token)
    }
    tokens.append(endToken())
    return tokens
  }

  /// Counts brackets, so that the lexer knows what is at the top level.
  private mutating func track(_ token: Token) {
    guard case .symbol(let symbol) = token.kind else { return }
    if symbol.isOpening { openBrackets += 1 }
    if symbol.isClosing { openBrackets = max(0, openBrackets - 1) }
  }

  func endToken() -> Token {
    Token(
      kind: .end, start: position, end: position, isFirstOnLine: true,
      hasSpaceBefore: true)
  }

  /// The next token, or nil at the end of the file.
  mutating func next() -> Token? {
    while true {
      skipSpace()
      guard let byte = peek() else { return nil }
      let start = position
      let isFirst = lineBreakPending
      let hasSpace = spacePending
      switch byte {
      case UInt8(ascii: "#"):
        if let prose = scanComment() { return prose }
      case UInt8(ascii: "\""):
        // The pending marks belong to the string, not to the first token inside it.
        lineBreakPending = false
        spacePending = false
        let pieces = scanString()
        lineBreakPending = isFirst
        spacePending = hasSpace
        return token(.string(pieces), from: start)
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        return token(scanNumber(), from: start)
      case _ where isLetter(byte) || foreignLetter != nil:
        return token(scanWord(), from: start)
      default:
        if let symbol = scanSymbol() { return token(.symbol(symbol), from: start) }
        skipUnknown()
      }
    }
  }

  // MARK: - Bytes

  func peek(_ distance: Int = 0) -> UInt8? {
    position + distance < bytes.count ? bytes[position + distance] : nil
  }

  func span(from start: Int, to end: Int) -> SourceSpan {
    SourceSpan(file: file, start: start, end: end)
  }

  func isLetter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"):
      return true
    default: return false
    }
  }

  func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private mutating func token(_ kind: Token.Kind, from start: Int) -> Token {
    defer {
      lineBreakPending = false
      spacePending = false
    }
    return Token(
      kind: kind, start: start, end: position, isFirstOnLine: lineBreakPending,
      hasSpaceBefore: spacePending)
  }

  /// Goes back to a token that was read too early.
  mutating func rewind(to token: Token) {
    position = token.start
    lineBreakPending = token.isFirstOnLine
    spacePending = token.hasSpaceBefore
  }

  private mutating func skipSpace() {
    while let byte = peek() {
      switch byte {
      case UInt8(ascii: "\n"):
        lineBreakPending = true
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        break
      default: return
      }
      spacePending = true
      position += 1
    }
  }

  // MARK: - Words, signs, comments

  /// A letter that no name may hold, such as `é`.
  private var foreignLetter: Unicode.Scalar? {
    guard let byte = peek(), byte >= 0xC2 else { return nil }
    let rest = bytes[position..<min(position + 4, bytes.count)]
    guard let letter = String(decoding: rest, as: UTF8.self).unicodeScalars.first,
      letter != "\u{FFFD}", letter.properties.isAlphabetic
    else { return nil }
    return letter
  }

  private mutating func scanWord() -> Token.Kind {
    let start = position
    var foreign: Character?
    while let byte = peek() {
      if isLetter(byte) || isDigit(byte) {
        position += 1
      } else if let letter = foreignLetter {
        foreign = foreign ?? Character(letter)
        position += UTF8.width(letter)
      } else {
        break
      }
    }
    let word = bytes[start..<position]
    if let foreign {
      let name = String(decoding: word, as: UTF8.self)
      diagnostics.append(
        Diagnostic(
          .invalidText, "the name `\(name)` contains `\(foreign)`",
          at: span(from: start, to: position),
          suggestion: "names may contain a to z, A to Z, 0 to 9 and _"))
      return .identifier(name)
    }
    if let keyword = Keyword(word) { return .keyword(keyword) }
    return .identifier(String(decoding: word, as: UTF8.self))
  }

  private mutating func scanSymbol() -> Symbol? {
    guard let first = peek() else { return nil }
    for (second, symbol) in Symbol.byFirstByte[Int(first)] {
      if let second, second != peek(1) { continue }
      position += second == nil ? 1 : 2
      return symbol
    }
    return nil
  }

  /// Reads a comment; a `##` line outside all brackets is a token of its own.
  private mutating func scanComment() -> Token? {
    let start = position
    while let byte = peek(), byte != UInt8(ascii: "\n") { position += 1 }
    var text = file.text(from: start, to: position)
    while let last = text.unicodeScalars.last, last == "\r" || last == " " || last == "\t" {
      text.unicodeScalars.removeLast()
    }
    if text.utf8.starts(with: "##".utf8), lineBreakPending, openBrackets == 0, stringDepth == 0 {
      var prose = text.unicodeScalars.dropFirst(2)
      if prose.first == " " { prose = prose.dropFirst() }
      return token(.prose(String(prose)), from: start)
    }
    comments.append(
      Comment(text: text, span: span(from: start, to: position), standsAlone: lineBreakPending))
    return nil
  }

  /// Reports and skips one character that begins no token.
  private mutating func skipUnknown() {
    let start = position
    position += 1
    while let byte = peek(), byte & 0xC0 == 0x80 { position += 1 }
    let text = file.text(from: start, to: position)
    var suggestion: String?
    switch text {
    case "&": suggestion = "write `and`"
    case "|": suggestion = "write `or`, or `|>` to pass a value to a call"
    case "!": suggestion = "write `not`, or `!=` for unequal"
    case "'", "\u{201C}", "\u{201D}": suggestion = "use straight double quotes for strings"
    case "^": suggestion = "write `**` for a power"
    default: break
    }
    if let previous = diagnostics.last, previous.code == .invalidText,
      previous.span?.end == start, text == previous.span?.text
    {
      return
    }
    let shown = text.contains("\u{FFFD}") ? "invalid UTF-8 byte" : "character `\(text)`"
    diagnostics.append(
      Diagnostic(
        .invalidText, "unexpected \(shown)", at: span(from: start, to: position),
        suggestion: suggestion))
  }
}
