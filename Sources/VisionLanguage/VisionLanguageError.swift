import Video

/// An input that does not fit the model: token ids, images, videos and rows that disagree.
public enum VisionLanguageError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The placeholder tokens of a sequence and the features that should replace them differ.
  case placeholders(kind: String, tokens: Int, features: Int)
  /// A text holds what stands for pictures or videos.
  case placeholderInText(String)
  /// A run of placeholder tokens is cut short or is longer than the grids it stands for.
  case run(kind: String, at: Int, tokens: Int, expected: Int)
  /// A grid of patches that the tower cannot take.
  case grid(TokenGrid, reason: String)
  /// A tensor of another shape than the model needs.
  case shape(name: String, expected: String, found: [Int])
  /// A token id outside the vocabulary.
  case token(id: Int, at: Int, vocabulary: Int)
  /// An input that does not fit, under the name that the reference library gives it.
  case input(String, reason: String)
  /// A row that the sequence does not have.
  case row(Int, tokens: Int, purpose: String)
  /// More frames wanted than a video has.
  case frames(Int, of: Int)
  /// Nothing to compute with.
  case empty(String)

  public var description: String {
    switch self {
    case .placeholders(let kind, let tokens, let features):
      """
      the text has \(tokens) \(kind) placeholder tokens, but the \(kind)s need \(features); \
      repeat the placeholder once per merged patch
      """
    case .placeholderInText(let word):
      """
      the text contains "\(word)", the placeholder for images and videos; remove it, placeholders \
      are inserted automatically
      """
    case .run(let kind, let at, let tokens, let expected):
      """
      the run of \(tokens) \(kind) tokens at position \(at) does not fit the next grid, \
      which needs \(expected)
      """
    case .grid(let grid, let reason):
      "a grid of \(grid.frames) x \(grid.height) x \(grid.width) patches: \(reason)"
    case .shape(let name, let expected, let found):
      "\(name) has shape \(found); expected \(expected)"
    case .token(let id, let at, let vocabulary):
      "token id \(id) at position \(at) is outside the vocabulary of \(vocabulary)"
    case .input(let name, let reason):
      "\(name): \(reason)"
    case .row(let row, let tokens, let purpose):
      "row \(row), needed for \(purpose), is outside the sequence of \(tokens) tokens"
    case .frames(let count, let total):
      "cannot select \(count) of \(total) video frames; use at most \(total)"
    case .empty(let what):
      "\(what) is empty"
    }
  }
}
