/// Words in a row, broken into lines, some of them set off: the selected words of a sentence.
public struct StyledText: Sendable {
  public struct Word: Sendable, Hashable {
    public var text: String
    /// Set on a coloured ground and in bold.
    public var isSelected: Bool
    /// A number under the word, for instance its motion score.
    public var score: Double?

    public init(_ text: String, isSelected: Bool = false, score: Double? = nil) {
      self.text = text
      self.isSelected = isSelected
      self.score = score
    }
  }

  /// Paragraphs of words.
  public var paragraphs: [[Word]]

  public init(_ paragraphs: [[Word]]) { self.paragraphs = paragraphs }

  /// Plain text; a newline begins a paragraph.
  public init(_ text: String) {
    paragraphs = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: " ").map { Word(String($0)) }
    }
  }
}
