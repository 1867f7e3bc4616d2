import Layers

/// Sizes of a decoder of the Qwen2 family.
public struct DecoderConfiguration: Hashable, Sendable {
  public var vocabulary: Int
  public var width: Int
  public var inner: Int
  public var layers: Int
  public var heads: Int
  public var keyHeads: Int
  public var activation: Activation
  public var normEpsilon: Float
  public var ropeTheta: Double
  /// Pairs of a head that follow time, height and width; empty for plain positions.
  public var rotarySections: [Int]
  /// Whether the logits reuse the embedding table.
  public var tiedEmbeddings: Bool
  /// Standard deviation of random first values.
  public var initializerRange: Float

  public var headDim: Int { width / heads }
}
