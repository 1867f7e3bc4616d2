import MotionEnhancer

/// The words of a sentence, each with the tokens that it was read as.
public struct SentenceWords: Sendable {
  private let words: [(text: String, tokens: [Int])]
  private let lengths: [Int]

  init(_ sentence: String, _ tokens: [PriorToken]) {
    words = Self.split(sentence).map { word in
      let start = sentence.utf8.distance(from: sentence.startIndex, to: word.startIndex)
      let span = start..<start + word.utf8.count
      return (
        String(word),
        tokens.indices.filter { tokens[$0].isCandidate && tokens[$0].span.overlaps(span) }
      )
    }
    lengths = tokens.map { $0.text.filter { !$0.isWhitespace }.count }
  }

  /// The words without the separators.
  public static func split(_ sentence: String) -> [Substring] {
    sentence.split { !$0.isLetter && !$0.isNumber }
  }

  /// Tokens of every occurrence of some words.
  func tokens(of chosen: [String]) -> [Int] {
    words.filter { chosen.contains($0.text) }.flatMap(\.tokens)
  }

  /// Words of which one token at least is among `tokens`, in the order of the sentence.
  func words(of tokens: [Int]) -> [String] {
    words.filter { !Set($0.tokens).isDisjoint(with: tokens) }.map(\.text)
  }

  /// Words of several letters whose tokens are single letters: the vocabulary lacks them.
  var spelledOut: [String] {
    words.filter { word in
      word.tokens.count > 1 && word.tokens.allSatisfy { lengths[$0] <= 1 }
    }.map(\.text)
  }
}
