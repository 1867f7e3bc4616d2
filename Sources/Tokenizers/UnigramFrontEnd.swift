/// What happens to a text before the unigram model sees it: characters are replaced, spaces
/// become `▁`, words are cut apart.
struct UnigramFrontEnd: Sendable {
  /// One change of the text, as `tokenizer.json` lists them.
  enum Step: Sendable {
    /// Replacement as the `tokenizers` library does it: a grapheme cluster shorter than six
    /// bytes by its shortest mapped prefix, if it has one, otherwise character by character.
    case mapClusters(CharacterMap)
    case compose
    case strip(left: Bool, right: Bool)
    case replace(String, with: String)
    /// Each run of at least two spaces.
    case replaceSpaces(with: String)
    /// SentencePiece's own: longest mapped strings, runs of spaces to one.
    case sentencePiece(SentencePieceNormalizer)
  }

  /// How words are marked with `▁`.
  enum Prefix: Sendable { case always, atTextStart, never }

  /// Spaces to marks, and words apart.
  struct Metaspace: Sendable {
    var mark: [UInt8] = Array("▁".utf8)
    var prefix = Prefix.always
    var splits = true
  }

  var steps: [Step] = []
  /// Whether text is first cut at white space, which disappears.
  var splitsAtWhitespace = false
  var metaspace: Metaspace?

  /// A piece of text after all changes of its characters.
  func normalized(_ text: AlignedText) -> AlignedText {
    steps.reduce(text) { $1.apply(to: $0) }
  }

  /// The words of a piece of normalised text.
  func words(_ text: AlignedText) -> [AlignedText] {
    guard !text.isEmpty else { return [] }
    let chunks = splitsAtWhitespace ? Self.split(text) : [text]
    guard let metaspace else { return chunks }
    return chunks.flatMap { chunk in
      metaspace.words(chunk, startsText: chunk.origin(0..<0).lowerBound == 0)
    }
  }

  private static func split(_ text: AlignedText) -> [AlignedText] {
    var chunks: [AlignedText] = []
    var current = AlignedText()
    var position = 0
    for scalar in String(decoding: text.bytes, as: UTF8.self).unicodeScalars {
      let range = position..<(position + UTF8.width(scalar))
      position = range.upperBound
      if !scalar.properties.isWhitespace {
        current.append(text, range)
      } else if !current.isEmpty {
        chunks.append(current)
        current = AlignedText()
      }
    }
    return current.isEmpty ? chunks : chunks + [current]
  }
}

extension UnigramFrontEnd.Metaspace {
  /// Cuts before each mark, so that a word carries the mark in front of it.
  func words(_ text: AlignedText, startsText: Bool) -> [AlignedText] {
    var marked = AlignedText()
    let prefixes =
      switch prefix {
      case .always: true
      case .atTextStart: startsText
      case .never: false
      }
    if prefixes, !text.bytes.starts(with: mark), text.bytes.first != UInt8(ascii: " ") {
      marked.append(mark, from: text.origin(0..<0))
    }
    for (index, byte) in text.bytes.enumerated() {
      if byte == UInt8(ascii: " ") {
        marked.append(mark, from: text.origin(index..<index + 1))
      } else {
        marked.append(text, index..<index + 1)
      }
    }
    guard splits else { return [marked] }
    var words: [AlignedText] = []
    var start = 0
    var position = 0
    while position < marked.count {
      if position > start, marked.bytes[position...].starts(with: mark) {
        var word = AlignedText()
        word.append(marked, start..<position)
        words.append(word)
        start = position
      }
      position += marked.bytes[position...].starts(with: mark) ? mark.count : 1
    }
    var last = AlignedText()
    last.append(marked, start..<marked.count)
    return words + [last]
  }
}

extension UnigramFrontEnd.Step {
  func apply(to text: AlignedText) -> AlignedText {
    switch self {
    case .mapClusters(let map): return Self.mapClusters(text, map)
    case .compose: return text.composed()
    case .sentencePiece(let normalizer): return normalizer.normalize(text)
    case .strip(let left, let right):
      let scalars = Array(String(decoding: text.bytes, as: UTF8.self).unicodeScalars)
      let body = scalars.drop { left && $0.properties.isWhitespace }
      let kept = body.reversed().drop { right && $0.properties.isWhitespace }
      func width(_ scalars: some Sequence<Unicode.Scalar>) -> Int {
        scalars.reduce(0) { $0 + UTF8.width($1) }
      }
      let start = text.count - width(body)
      var result = AlignedText()
      result.append(text, start..<(start + width(kept)))
      return result
    case .replace(let pattern, let replacement):
      let pattern = Array(pattern.utf8)
      return Self.replace(text, with: replacement) { bytes in
        bytes.starts(with: pattern) ? pattern.count : 0
      }
    case .replaceSpaces(let replacement):
      return Self.replace(text, with: replacement) { bytes in
        let run = bytes.prefix { $0 == UInt8(ascii: " ") }.count
        return run >= 2 ? run : 0
      }
    }
  }

  /// Replaces wherever `match` gives a length other than 0.
  private static func replace(
    _ text: AlignedText, with replacement: String, match: (ArraySlice<UInt8>) -> Int
  ) -> AlignedText {
    var result = AlignedText()
    var position = 0
    while position < text.count {
      let length = match(text.bytes[position...])
      let range = position..<(position + max(length, 1))
      if length > 0 {
        result.append(Array(replacement.utf8), from: text.origin(range))
      } else {
        result.append(text, range)
      }
      position = range.upperBound
    }
    return result
  }

  private static func mapClusters(_ text: AlignedText, _ map: CharacterMap) -> AlignedText {
    var result = AlignedText()
    var position = 0
    // What is deleted before the first character counts as part of it: to the library that
    // character then stands where the text begins.
    func origin(_ range: Range<Int>) -> Range<Int> {
      text.origin(result.isEmpty ? 0..<range.upperBound : range)
    }
    for cluster in String(decoding: text.bytes, as: UTF8.self) {
      let width = cluster.utf8.count
      let range = position..<(position + width)
      position = range.upperBound
      if width < 6, let replacement = map.shortestPrefix(text.bytes[range]) {
        result.append(replacement, from: origin(range))
        continue
      }
      var start = range.lowerBound
      for scalar in cluster.unicodeScalars {
        let part = start..<(start + UTF8.width(scalar))
        start = part.upperBound
        if let replacement = map.shortestPrefix(text.bytes[part]) {
          result.append(replacement, from: origin(part))
        } else if result.isEmpty, part.lowerBound > 0 {
          result.append(text.bytes[part], from: origin(part))
        } else {
          result.append(text, part)
        }
      }
    }
    return result
  }
}
