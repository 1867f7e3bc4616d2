/// The regular expressions that byte-level tokenizers cut text into words with. What one of them
/// matches, and nothing else, may become a token or several.
enum WordPattern: Sendable {
  case qwen2
  case gpt2

  /// The byte ranges of the words; together they cover the text.
  func split(_ bytes: ArraySlice<UInt8>) -> [Range<Int>] {
    let text = ClassifiedText(bytes)
    var words: [Range<Int>] = []
    var position = 0
    var byteStart = bytes.startIndex
    while position < text.count {
      let end =
        switch self {
        case .qwen2: text.qwen2WordEnd(from: position)
        case .gpt2: text.gpt2WordEnd(from: position)
        }
      let byteEnd = text.scalars[position..<end].reduce(byteStart) { $0 + UTF8.width($1) }
      words.append(byteStart..<byteEnd)
      position = end
      byteStart = byteEnd
    }
    return words
  }
}

/// The characters of a text with what the patterns tell apart.
struct ClassifiedText {
  enum Class: UInt8 { case letter, number, lineEnd, space, other }

  let scalars: [Unicode.Scalar]
  let classes: [Class]

  var count: Int { scalars.count }

  init(_ bytes: ArraySlice<UInt8>) {
    scalars = Array(String(decoding: bytes, as: UTF8.self).unicodeScalars)
    classes = scalars.map(Self.classify)
  }

  /// Where a run of one class that begins at `start` ends.
  func run(of wanted: Class, from start: Int) -> Int {
    var end = start
    while end < count, classes[end] == wanted { end += 1 }
    return end
  }

  /// Where a run of white space that begins at `start` ends.
  func spaces(from start: Int) -> Int {
    var end = start
    while end < count, classes[end] == .space || classes[end] == .lineEnd { end += 1 }
    return end
  }

  /// Where the match of `\s+(?!\S)|\s+` ends: white space but for the last before a word.
  func spacesBeforeWord(from start: Int, end: Int) -> Int {
    end < count && end > start + 1 ? end - 1 : end
  }

  /// Whether the library's regular expressions know a character: they have Unicode 16.0.
  private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.age.map { $0 <= (16, 0) } ?? false
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
      return isKnown(scalar) ? .letter : .other
    case .decimalNumber, .letterNumber, .otherNumber: return isKnown(scalar) ? .number : .other
    default: return scalar.properties.isWhitespace ? .space : .other
    }
  }
}
