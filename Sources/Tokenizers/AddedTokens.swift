/// A token that is looked for in the text before anything else, such as `<|im_start|>`.
struct AddedToken: Hashable, Sendable {
  var content: String
  var id: Int
  var isSpecial: Bool
  /// Whether the token swallows white space before and after it.
  var stripsLeft = false
  var stripsRight = false
  /// Whether it counts only where no letter, digit or underscore touches it.
  var isSingleWord = false
}

/// The added tokens of one tokenizer.
struct AddedTokens: Sendable {
  let tokens: [AddedToken]
  private let trie: ByteTrie
  private let indexOfID: [Int: Int]
  private let indexOfContent: [String: Int]

  init(_ tokens: [AddedToken]) {
    let kept = tokens.filter { !$0.content.isEmpty }
    self.tokens = kept
    trie = ByteTrie(kept.enumerated().map { (Array($1.content.utf8), $0) })
    indexOfID = Dictionary(kept.enumerated().map { ($1.id, $0) }, uniquingKeysWith: { $1 })
    indexOfContent = Dictionary(
      kept.enumerated().map { ($1.content, $0) }, uniquingKeysWith: { $1 })
  }

  subscript(id id: Int) -> AddedToken? { indexOfID[id].map { tokens[$0] } }
  subscript(content content: String) -> AddedToken? { indexOfContent[content].map { tokens[$0] } }

  /// A piece of text between added tokens, or an added token.
  enum Part {
    case text(Range<Int>)
    case token(AddedToken, Range<Int>)
  }

  /// Cuts a text at its added tokens: leftmost first, the longest of those that begin together.
  func split(_ bytes: UnsafeBufferPointer<UInt8>) -> [Part] {
    guard !tokens.isEmpty else { return bytes.isEmpty ? [] : [.text(0..<bytes.count)] }
    var parts: [Part] = []
    var textStart = 0
    var position = 0
    while position < bytes.count {
      guard let match = trie.longestPrefix(bytes, from: position) else {
        position += 1
        continue
      }
      let token = tokens[match.value]
      var range = position..<(position + match.length)
      position += 1
      if token.isSingleWord, !Self.standsAlone(range, bytes) { continue }
      if token.stripsLeft {
        while range.lowerBound > textStart,
          let before = Self.scalar(endingAt: range.lowerBound, bytes),
          before.properties.isWhitespace
        {
          range = (range.lowerBound - UTF8.width(before))..<range.upperBound
        }
      }
      if token.stripsRight {
        while let after = Self.scalar(at: range.upperBound, bytes),
          after.properties.isWhitespace
        {
          range = range.lowerBound..<(range.upperBound + UTF8.width(after))
        }
      }
      if range.lowerBound > textStart { parts.append(.text(textStart..<range.lowerBound)) }
      parts.append(.token(token, range))
      textStart = range.upperBound
      position = range.upperBound
    }
    if textStart < bytes.count { parts.append(.text(textStart..<bytes.count)) }
    return parts
  }

  private static func standsAlone(
    _ range: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    func isWord(_ scalar: Unicode.Scalar?) -> Bool {
      guard let scalar else { return false }
      return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || scalar == "_"
    }
    return !isWord(scalar(endingAt: range.lowerBound, bytes))
      && !isWord(scalar(at: range.upperBound, bytes))
  }

  private static func scalar(
    at position: Int, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    let end = min(position + 4, bytes.count)
    return String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first
  }

  private static func scalar(
    endingAt position: Int, _ bytes: UnsafeBufferPointer<UInt8>
  ) -> Unicode.Scalar? {
    guard position > 0 else { return nil }
    var start = position - 1
    while start > 0, bytes[start] & 0xC0 == 0x80 { start -= 1 }
    return String(decoding: bytes[start..<position], as: UTF8.self).unicodeScalars.first
  }
}
