/// Cuts text at added tokens: leftmost first, and of those that begin together the longest.
struct AddedTokenFinder: Sendable {
  private let tokens: [AddedToken]
  private let trie: ByteTrie

  /// - Parameter patterns: the tokens with the bytes that they are found by.
  init(_ patterns: [(token: AddedToken, bytes: [UInt8])]) {
    let found = patterns.filter { !$0.bytes.isEmpty }
    tokens = found.map(\.token)
    trie = ByteTrie(found.enumerated().map { ($1.bytes, $0) })
  }

  /// A piece of text between added tokens, or an added token.
  enum Part {
    case text(Range<Int>)
    case token(AddedToken, Range<Int>)
  }

  /// The parts of a text in order; together they cover it.
  func split(_ bytes: [UInt8]) -> [Part] {
    guard !tokens.isEmpty else { return bytes.isEmpty ? [] : [.text(0..<bytes.count)] }
    var parts: [Part] = []
    var textStart = 0
    var position = 0
    // The white space that was walked last: many tokens may lie in one long run of it.
    var white = 0..<0
    let text = bytes.span
    while position < bytes.count {
      guard let match = trie.longestPrefix(text, from: position) else {
        position += 1
        continue
      }
      let token = tokens[match.value]
      var range = position..<(position + match.length)
      // The search goes on behind the token as it is written, whatever becomes of it.
      position = range.upperBound
      if token.isSingleWord, !Self.standsAlone(range, bytes) { continue }
      if token.stripsRight {
        if !white.contains(range.upperBound) {
          white = range.upperBound..<Self.whiteEnd(from: range.upperBound, bytes)
        }
        range = range.lowerBound..<max(range.upperBound, white.upperBound)
      }
      if token.stripsLeft { range = Self.spreadLeft(range, bytes, limit: textStart) }
      if textStart < range.lowerBound { parts.append(.text(textStart..<range.lowerBound)) }
      // Nothing is left of a token that lies in the white space of the one before.
      if !range.isEmpty { parts.append(.token(token, range)) }
      textStart = range.upperBound
    }
    if textStart != bytes.count { parts.append(.text(min(textStart, bytes.count)..<bytes.count)) }
    return parts
  }

  /// Takes the white space before a token, but none that belongs to what comes before.
  private static func spreadLeft(
    _ range: Range<Int>, _ bytes: [UInt8], limit: Int
  ) -> Range<Int> {
    var start = range.lowerBound
    while start > limit, let before = scalar(endingAt: start, bytes),
      before.properties.isWhitespace
    {
      start -= UTF8.width(before)
    }
    return max(start, min(limit, range.upperBound))..<range.upperBound
  }

  /// Where the white space from a place on ends.
  private static func whiteEnd(
    from place: Int, _ bytes: [UInt8]
  ) -> Int {
    var end = place
    while let after = scalar(at: end, bytes), after.properties.isWhitespace {
      end += UTF8.width(after)
    }
    return end
  }

  private static func standsAlone(
    _ range: Range<Int>, _ bytes: [UInt8]
  ) -> Bool {
    !(scalar(endingAt: range.lowerBound, bytes)?.isWordCharacter ?? false)
      && !(scalar(at: range.upperBound, bytes)?.isWordCharacter ?? false)
  }

  private static func scalar(
    at position: Int, _ bytes: [UInt8]
  ) -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    let end = min(position + 4, bytes.count)
    return String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first
  }

  private static func scalar(
    endingAt position: Int, _ bytes: [UInt8]
  ) -> Unicode.Scalar? {
    guard position > 0 else { return nil }
    var start = position - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self).unicodeScalars.first
  }
}

extension Unicode.Scalar {
  /// `\w` of Unicode's regular expressions (UTS 18, annex C).
  var isWordCharacter: Bool {
    switch properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation:
      true
    default: properties.isAlphabetic || properties.isJoinControl
    }
  }
}
