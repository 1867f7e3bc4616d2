/// The normalisation of a SentencePiece model file.
struct SentencePieceNormalizer: Sendable {
  var map: CharacterMap?
  var addsDummyPrefix = true
  var removesExtraSpaces = true
  var escapesSpaces = true
  /// Pieces that normalisation leaves as they are.
  var userDefined = ByteTrie([])

  private static let space: UInt8 = 0x20
  private static let mark = Array("▁".utf8)

  func normalize(_ text: AlignedText) -> AlignedText {
    var result = AlignedText()
    var position = 0
    var followsSpace = removesExtraSpaces
    var hasPrefix = false
    func addPrefix(at place: Int) {
      hasPrefix = true
      if addsDummyPrefix {
        result.append(escapesSpaces ? Self.mark : [Self.space], from: place..<place)
      }
    }
    // Without removal of spaces a text that is deleted as a whole leaves its prefix.
    if !removesExtraSpaces, !text.isEmpty { addPrefix(at: text.origin(0..<0).lowerBound) }
    while position < text.count {
      let (length, replacement) = prefix(text.bytes, from: position)
      let origin = text.origin(position..<position + length)
      let isUnchanged = replacement.elementsEqual(text.bytes[position..<position + length])
      let rest = followsSpace ? replacement.drop { $0 == Self.space } : replacement
      if !rest.isEmpty, !hasPrefix { addPrefix(at: origin.lowerBound) }
      let dropped = replacement.count - rest.count
      for (offset, byte) in rest.enumerated() {
        let place = position + dropped + offset
        let from = isUnchanged ? text.origin(place..<place + 1) : origin
        let isMark = byte == Self.space && escapesSpaces
        result.append(isMark ? Self.mark : [byte], from: from)
      }
      if !rest.isEmpty { followsSpace = removesExtraSpaces && rest.last == Self.space }
      position += length
    }
    if removesExtraSpaces {
      let end = escapesSpaces ? Self.mark : [Self.space]
      while result.bytes.suffix(end.count).elementsEqual(end) { result.removeLast(end.count) }
    }
    return result
  }

  /// What the beginning of the rest of a text becomes, and how many of its bytes that takes.
  private func prefix(_ bytes: [UInt8], from start: Int) -> (Int, ArraySlice<UInt8>) {
    if let kept = userDefined.longestPrefix(bytes.span, from: start) {
      return (kept.length, bytes[start..<start + kept.length])
    }
    if let (length, replacement) = map?.longestPrefix(bytes[start...]) {
      return (length, replacement)
    }
    var end = start + 1
    while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
    return (end - start, bytes[start..<end])
  }
}
