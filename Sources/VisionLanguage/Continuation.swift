import Tensors

/// A sequence that has been read and can be continued: its cache, the scores of the next token and
/// where that token stands. A copy continues on its own and shares what has been read.
struct Continuation: Sendable {
  private let decoder: CausalDecoder
  private var cache: KeyValueCache?
  private var position: Int
  private let unit: Int
  /// Scores of the next token: `[1, vocabulary]`.
  private(set) var logits: Tensor

  /// Reads a sample. Nothing is recorded for gradients.
  init(
    _ model: some VisionLanguageModel, _ input: PreparedInput, features: Tensor?
  ) throws {
    decoder = model.decoder
    var filled: KeyValueCache? = KeyValueCache(layers: decoder.configuration.layers)
    let pass = try withoutGradients {
      try model.forward(
        input, features: features, rows: [input.tokens.count - 1], cache: &filled)
    }
    cache = filled
    position = pass.layout.nextPosition
    unit = pass.layout.unit
    logits = withoutGradients { pass.logits() }
  }

  /// Reads further text tokens; returns the scores after each: `[tokens, vocabulary]`.
  @discardableResult
  mutating func read(_ tokens: [Int]) throws -> Tensor {
    try withoutGradients {
      let positions = tokens.indices.map { RotaryPosition(repeating: position + $0 * unit) }
      let hidden = try decoder(
        decoder.embedding(tokens), positions: positions, unit: unit, rows: nil, cache: &cache,
        probe: .none)
      let scores = hidden.linear(decoder.unembedding.tensor)
      position += tokens.count * unit
      logits = scores.slice(0, tokens.count - 1..<tokens.count)
      return scores
    }
  }
}

extension VisionLanguageModel {
  /// Continues a sample with the likeliest token, again and again.
  /// - Parameters:
  ///   - features: what ``visionFeatures(_:)`` gave; computed here when nil
  ///   - stop: tokens that end the text; they are not part of the result
  public func generate(
    _ input: PreparedInput, features: Tensor? = nil, maxNewTokens: Int, stop: Set<Int> = []
  ) throws -> [Int] {
    var text = try Continuation(self, input, features: features)
    var generated: [Int] = []
    while generated.count < maxNewTokens {
      let token = text.logits.argmax()[0]
      if stop.contains(token) { break }
      generated.append(token)
      if generated.count < maxNewTokens { try text.read([token]) }
    }
    return generated
  }
}
