/// Cuts text into the words that Qwen2's BPE works on, as this regular expression would:
///
///     (?i:'s|'t|'re|'ve|'m|'ll|'d)        a contraction
///     |[^\r\n\p{L}\p{N}]?\p{L}+           letters with one character before them
///     |\p{N}                              one digit
///     | ?[^\s\p{L}\p{N}]+[\r\n]*          punctuation with a space before, line ends after
///     |\s*[\r\n]+                         white space up to its last line end
///     |\s+(?!\S)                          white space but for the last before a word
///     |\s+
enum QwenWordSplitter {
  static let pattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
    + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#

  private enum Class: UInt8 { case letter, number, lineEnd, space, other }

  /// The byte ranges of the words; together they cover the text.
  static func split(_ bytes: [UInt8]) -> [Range<Int>] {
    let text = String(decoding: bytes, as: UTF8.self)
    let scalars = Array(text.unicodeScalars)
    let classes = scalars.map(classify)
    var words: [Range<Int>] = []
    var position = 0
    var byteStart = 0
    while position < scalars.count {
      let end = wordEnd(from: position, scalars, classes)
      let byteEnd = scalars[position..<end].reduce(byteStart) { $0 + UTF8.width($1) }
      words.append(byteStart..<byteEnd)
      position = end
      byteStart = byteEnd
    }
    return words
  }

  private static func wordEnd(
    from start: Int, _ scalars: [Unicode.Scalar], _ classes: [Class]
  ) -> Int {
    let count = classes.count
    func run(of wanted: Class, from start: Int) -> Int {
      var end = start
      while end < count, classes[end] == wanted { end += 1 }
      return end
    }

    if let end = contractionEnd(from: start, scalars) { return end }
    switch classes[start] {
    case .letter: return run(of: .letter, from: start)
    case .number: return start + 1
    case .other, .space:
      if start + 1 < count, classes[start + 1] == .letter {
        return run(of: .letter, from: start + 1)
      }
      let punctuation = scalars[start] == " " ? start + 1 : start
      let end = run(of: .other, from: punctuation)
      if end > punctuation { return run(of: .lineEnd, from: end) }
    case .lineEnd: break
    }

    // White space: up to the last line end, else all but the last character before a word.
    var end = start
    var afterLineEnd = start
    while end < count, classes[end] == .space || classes[end] == .lineEnd {
      end += 1
      if classes[end - 1] == .lineEnd { afterLineEnd = end }
    }
    if afterLineEnd > start { return afterLineEnd }
    return end < count && end > start + 1 ? end - 1 : end
  }

  private static func contractionEnd(from start: Int, _ scalars: [Unicode.Scalar]) -> Int? {
    guard scalars[start] == "'", start + 1 < scalars.count else { return nil }
    switch scalars[start + 1] {
    case "s", "S", "\u{17F}", "t", "T", "m", "M", "d", "D": return start + 2
    default: break
    }
    guard start + 2 < scalars.count else { return nil }
    switch (scalars[start + 1], scalars[start + 2]) {
    case ("r", "e"), ("r", "E"), ("R", "e"), ("R", "E"), ("v", "e"), ("v", "E"), ("V", "e"),
      ("V", "E"), ("l", "l"), ("l", "L"), ("L", "l"), ("L", "L"):
      return start + 3
    default: return nil
    }
  }

  private static func classify(_ scalar: Unicode.Scalar) -> Class {
    switch scalar {
    case "a"..."z", "A"..."Z": return .letter
    case "0"..."9": return .number
    case "\r", "\n": return .lineEnd
    case "\t", "\u{B}", "\u{C}", " ": return .space
    case "\0"..."\u{7F}": return .other
    default: break
    }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }
}
