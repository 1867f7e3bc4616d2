/// SentencePiece's compiled table of replacements ("precompiled_charsmap"): strings of
/// characters to what they become, NFKC with a few changes for T5.
///
/// Layout: the size of the trie in bytes (u32), the trie as a double array of u32 units, then
/// the replacements, each ended by a zero byte. A unit of the double array holds, from the
/// lowest bit: the label (8 bits), whether a value follows (1), whether the offset is shifted
/// (1), and the offset to the children (22); a value has its highest bit set.
struct CharacterMap: Sendable {
  private let units: [UInt32]
  private let replacements: [UInt8]

  /// Nil when the sizes do not fit together.
  init?(_ blob: [UInt8]) {
    guard blob.count >= 4 else { return nil }
    func word(_ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(blob[at + $1]) << UInt32(8 * $1) }
    }
    let size = Int(word(0))
    guard size % 4 == 0, size >= 4, 4 + size <= blob.count else { return nil }
    units = stride(from: 4, to: 4 + size, by: 4).map(word)
    replacements = Array(blob[(4 + size)...])
    // No character becomes a page.
    let parts = replacements.split(separator: 0)
    guard parts.allSatisfy({ $0.count <= TokenizerLimits.pieceBytes }) else { return nil }
  }

  /// The replacement of the longest mapped string at `start`, or nil.
  func longestPrefix(_ bytes: ArraySlice<UInt8>) -> (length: Int, replacement: ArraySlice<UInt8>)? {
    var result: (Int, Int)?
    search(bytes) { length, offset in
      result = (length, offset)
      return true
    }
    return result.flatMap { length, offset in replacement(offset).map { (length, $0) } }
  }

  /// The replacement of the shortest mapped string at `start`, or nil.
  func shortestPrefix(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    var result: Int?
    search(bytes) { _, offset in
      result = offset
      return false
    }
    return result.flatMap(replacement)
  }

  private func replacement(_ offset: Int) -> ArraySlice<UInt8>? {
    guard offset < replacements.count else { return nil }
    let end = replacements[offset...].firstIndex(of: 0) ?? replacements.count
    return replacements[offset..<end]
  }

  /// Walks the trie along `bytes`; calls `body` with the length and the value of each mapped
  /// string until it returns false.
  private func search(_ bytes: ArraySlice<UInt8>, _ body: (Int, Int) -> Bool) {
    func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }
    var node = offset(units[0])
    var length = 0
    for byte in bytes.prefix(TokenizerLimits.pieceBytes) {
      if byte == 0 { return }
      node ^= Int(byte)
      guard node < units.count else { return }
      let unit = units[node]
      guard unit & (1 << 31 | 0xFF) == UInt32(byte) else { return }
      node ^= offset(unit)
      length += 1
      if unit >> 8 & 1 == 1 {
        guard node < units.count else { return }
        if !body(length, Int(units[node] & (1 << 31 - 1))) { return }
      }
    }
  }
}
