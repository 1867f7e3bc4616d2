/// Places the words of a text in a monospaced font, so that grounds and scores fit exactly.
struct TextLayout {
  struct PlacedWord {
    let word: StyledText.Word
    /// Offset from the panel's upper left corner to the word's ground.
    let box: Rect
  }

  private(set) var words: [PlacedWord] = []
  private(set) var height: Double

  static let size = Theme.fontSize - 1
  static var advance: Double { size * Theme.monospacedAdvance }

  init(_ text: StyledText, width: Double) {
    let line = Self.size * 1.45
    let hasScores = text.paragraphs.joined().contains { $0.score != nil }
    let step = hasScores ? line + Theme.smallFontSize * 1.15 : line
    var top = 2.0
    for paragraph in text.paragraphs {
      var left = 2.0
      for word in paragraph {
        let shown = max(word.text.unicodeScalars.count, word.scoreText.unicodeScalars.count)
        let length = Double(shown) * Self.advance
        if left > 2 && left + length > width - 2 {
          left = 2
          top += step
        }
        words.append(
          PlacedWord(word: word, box: Rect(left: left, top: top, width: length, height: line)))
        left += length + Self.advance
      }
      top += step + 2
    }
    height = top + 2
  }
}

extension StyledText.Word {
  /// The score as shown, with a true minus sign.
  var scoreText: String {
    score.map { NumberText.fixed($0, digits: 2).replacing("-", with: "\u{2212}") } ?? ""
  }
}
