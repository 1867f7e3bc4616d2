/// One sample of a fine-tuning set, ready for the model.
public struct TuningSample: Sendable {
  public let video: VisionInput
  /// The complete sequence with placeholders for the vision tokens.
  public let tokens: [Int]
  /// Next-token targets: the answer's ids at their own places, -100 elsewhere.
  public let labels: [Int]
  /// Place in the sequence and UTF-8 span of each text token.
  public let text: [(place: Int, span: Range<Int>)]
  /// Place of the row that predicts the first word of the answer.
  public let binding: Int

  public init(
    video: VisionInput, tokens: [Int], labels: [Int], text: [(place: Int, span: Range<Int>)],
    binding: Int
  ) {
    self.video = video
    self.tokens = tokens
    self.labels = labels
    self.text = text
    self.binding = binding
  }

  public var input: PreparedInput { PreparedInput(tokens: tokens, videos: [video]) }
}
