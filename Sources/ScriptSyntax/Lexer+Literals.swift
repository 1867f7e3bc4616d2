import Diagnostics

extension Lexer {
  /// `25`, `25_000`, `0.5`, `1e-5`. A point belongs to the number only before a digit, so that
  /// `1..20` is a range.
  mutating func scanNumber() -> Token.Kind {
    let start = position
    var isFloat = false
    scanDigits()
    if peek() == UInt8(ascii: "."), let digit = peek(1), isDigit(digit) {
      isFloat = true
      position += 1
      scanDigits()
    }
    if let exponent = peek(), exponent | 0x20 == UInt8(ascii: "e") {
      let hasSign = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+")
      if let digit = peek(hasSign ? 2 : 1), isDigit(digit) {
        isFloat = true
        position += hasSign ? 2 : 1
        scanDigits()
      }
    }
    if let byte = peek(), isLetter(byte) {
      while let byte = peek(), isLetter(byte) || isDigit(byte) { position += 1 }
      let text = file.text(from: start, to: position)
      report(.invalidNumber, "`\(text)` is not a number", from: start)
      return .int(0)
    }
    if !isFloat, let value = integer(bytes[start..<position]) { return .int(value) }
    let digits = String(
      decoding: bytes[start..<position].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    guard isFloat else {
      report(.invalidNumber, "\(digits) is too large for a 64-bit integer", from: start)
      return .int(0)
    }
    if let value = Double(digits), value.isFinite { return .float(value) }
    report(.invalidNumber, "\(digits) is too large for a float", from: start)
    return .float(0)
  }

  /// The number that digits and `_` write; nil where it does not fit. One more than the largest
  /// fits behind a sign, and is given as the smallest.
  private func integer(_ digits: ArraySlice<UInt8>) -> Int? {
    var value = 0
    for digit in digits where digit != UInt8(ascii: "_") {
      let (tens, overflows) = value.multipliedReportingOverflow(by: 10)
      let (next, exceeds) = tens.subtractingReportingOverflow(Int(digit - UInt8(ascii: "0")))
      if overflows || exceeds { return nil }
      value = next
    }
    return value == .min ? value : -value
  }

  private mutating func scanDigits() {
    while let byte = peek(), isDigit(byte) || byte == UInt8(ascii: "_") { position += 1 }
  }

  /// Reads a string literal with its escapes and `{expression}` parts.
  mutating func scanString() -> [Token.StringPiece] {
    let start = position
    position += 1
    var pieces: [Token.StringPiece] = []
    var text: [UInt8] = []
    func flush() {
      if !text.isEmpty { pieces.append(.text(String(decoding: text, as: UTF8.self))) }
      text = []
    }
    while let byte = peek(), byte != UInt8(ascii: "\n") {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        flush()
        return pieces
      case UInt8(ascii: "\\"):
        text += scanEscape()
      case UInt8(ascii: "{"):
        flush()
        guard let code = scanInterpolation() else { return pieces }
        pieces.append(.code(code))
      case UInt8(ascii: "}"):
        report(
          .unexpectedToken, "unmatched `}` in a string", from: position, to: position + 1,
          suggestion: "write `\\}` for a brace")
        position += 1
      default:
        let begin = position
        while let byte = peek(), !Self.endsPlainText(byte) { position += 1 }
        text += bytes[begin..<position]
      }
    }
    flush()
    report(
      .unterminatedString, "unterminated string", from: start,
      suggestion: "add a closing `\"`; write `\\n` for a line break inside a string")
    return pieces
  }

  private static func endsPlainText(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "\n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "{"),
      UInt8(ascii: "}"):
      return true
    default: return false
    }
  }

  /// Tokens from `{` to its `}`; nil when the line ends first.
  private mutating func scanInterpolation() -> [Token]? {
    let start = position
    position += 1
    stringDepth += 1
    defer { stringDepth -= 1 }
    guard stringDepth <= 8 else {
      report(.nestingTooDeep, "strings are nested too deeply", from: start)
      position = bytes.count
      return nil
    }
    var code: [Token] = []
    var depth = 0
    while let token = next() {
      if token.isFirstOnLine {
        rewind(to: token)
        break
      }
      if case .symbol(let symbol) = token.kind {
        if symbol == .closeBrace, depth == 0 {
          code.append(
            Token(
              kind: .end, start: token.start, end: token.end, isFirstOnLine: true,
              hasSpaceBefore: true))
          return code
        }
        if symbol.isOpening { depth += 1 }
        if symbol.isClosing { depth -= 1 }
      }
      code.append(token)
    }
    report(
      .unterminatedString, "unclosed `{` in a string", from: start,
      to: start + 1, suggestion: "close it with `}`, or write `\\{` for a brace")
    return nil
  }

  private mutating func scanEscape() -> [UInt8] {
    let start = position
    position += 2
    switch start + 1 < bytes.count ? bytes[start + 1] : 0 {
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "\""): return [0x22]
    case UInt8(ascii: "\\"): return [0x5C]
    case UInt8(ascii: "{"): return [0x7B]
    case UInt8(ascii: "}"): return [0x7D]
    case UInt8(ascii: "u"):
      if let scalar = scanUnicodeEscape() { return Array(String(scalar).utf8) }
    default:
      position = start + 1
    }
    report(
      .invalidEscape, "unknown escape in a string", from: start, to: min(start + 2, bytes.count),
      suggestion: "write `\\\\` for a backslash")
    return []
  }

  /// The `{hex}` of `\u{hex}`.
  private mutating func scanUnicodeEscape() -> Unicode.Scalar? {
    guard peek() == UInt8(ascii: "{") else { return nil }
    var end = position + 1
    while end < bytes.count, end - position < 8, bytes[end] != UInt8(ascii: "}") {
      end += 1
    }
    guard end < bytes.count, bytes[end] == UInt8(ascii: "}"),
      let value = UInt32(file.text(from: position + 1, to: end), radix: 16)
    else { return nil }
    position = end + 1
    return Unicode.Scalar(value)
  }

  private mutating func report(
    _ code: DiagnosticCode, _ message: String, from start: Int, to end: Int? = nil,
    suggestion: String? = nil
  ) {
    diagnostics.append(
      Diagnostic(code, message, at: span(from: start, to: end ?? position), suggestion: suggestion))
  }
}
