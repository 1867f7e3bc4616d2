import Capture
import Tensors

/// A word of a training text that speaks of something visible, and where that is.
public struct GroundedWord: Sendable {
  /// Place in the text's tokens.
  public let token: Int
  /// Share of each vision token in the visible area, summing to 1: `[visionTokens]`.
  public let area: [Float]

  public init(token: Int, area: [Float]) {
    self.token = token
    self.area = area
  }
}

/// Supervises where words look: the cross-entropy between a word's true area and its attention
/// over the vision tokens, averaged over heads, in every layer.
///
/// After the grounding objective of TokenCompose (Wang et al., CVPR 2024), which asks the same of
/// cross-attention maps averaged over heads. The mean leaves it open which heads do the looking.
public final class GroundingLoss {
  private let words: [GroundedWord]
  private let textTokens: Int
  private var total: Tensor?
  private var layers = 0

  /// - Parameters:
  ///   - words: one at least
  ///   - textTokens: how many tokens of the joint sequence are text; they come first
  public init(_ words: [GroundedWord], textTokens: Int) {
    self.words = words
    self.textTokens = textTokens
  }

  /// What the loss is computed from.
  static func selection(_ transformer: CogVideoXConfiguration) throws -> ActivationSelection {
    try ActivationSelection("blocks.*.{queries,keys}", of: transformer.activations)
  }

  /// A probe that appends every layer of a pass.
  func probe(_ selection: ActivationSelection) -> Probe {
    .eachBlock(of: selection) { _, found in
      self.append(queries: found["queries"]!, keys: found["keys"]!)
    }
  }

  /// - Parameters: of one layer's joint attention, `[1, textTokens + visionTokens, heads, headDim]`
  public func append(queries: Tensor, keys: Tensor) {
    let shape = queries.shape
    let (tokens, heads, width) = (shape[1], shape[2], shape[3])
    let rows = queries.slice(1, 0..<textTokens).reshaped([textTokens, heads * width])
      .rows(words.map(\.token)).reshaped([1, words.count, heads, width])
    let weights = Tensor.attentionWeights(rows, keys.slice(1, textTokens..<tokens))
    let areas = Tensor(shape: [1, words.count, tokens - textTokens], values: words.flatMap(\.area))
    let entropy = -((weights.mean(axes: [1]) + 1e-6).log() * areas).sum() / Float(words.count)
    total = total.map { $0 + entropy } ?? entropy
    layers += 1
  }

  /// Mean over the layers and words so far, in nats; nil before the first layer.
  public var mean: Tensor? { total.map { $0 / Float(layers) } }
}
