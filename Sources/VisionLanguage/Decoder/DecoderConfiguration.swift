import Checkpoints
import JSON
import Layers

/// Sizes of a decoder of the Qwen2 family.
public struct DecoderConfiguration: Hashable, Sendable {
  public var vocabulary: Int
  public var width: Int
  public var inner: Int
  public var layers: Int
  public var heads: Int
  public var keyHeads: Int
  public var headDim: Int
  public var activation: Activation
  public var normEpsilon: Float
  public var ropeTheta: Double
  /// Pairs of a head that follow time, height and width; empty for plain positions.
  public var rotarySections: [Int]
  /// How frequencies change for sequences longer than those of the training.
  public var rotaryScaling = RotaryScaling.none
  /// Tokens that each token of a layer sees, itself included; nil where it sees all before it.
  public var windows: [Int?]
  /// Whether the logits reuse the embedding table.
  public var tiedEmbeddings: Bool
  /// Standard deviation of random first values.
  public var initializerRange: Float
  /// The token whose row of the embedding table gets no gradient from being looked up.
  public var paddingToken: Int?
}

extension DecoderConfiguration {
  /// `pad_token_id`; negative ones count from the end of the vocabulary, as in PyTorch.
  static func paddingToken(
    _ reader: ConfigurationReader, vocabulary: Int
  ) throws -> Int? {
    guard let id = try reader.json.find("pad_token_id")?.asInt() else { return nil }
    guard (-vocabulary..<vocabulary).contains(id) else {
      throw reader.error("pad_token_id", "\(id) is outside the vocabulary of \(vocabulary)")
    }
    return id < 0 ? vocabulary + id : id
  }

  /// `num_key_value_heads`: as many as heads where it is null.
  static func keyHeads(
    _ reader: ConfigurationReader, heads: Int, default usual: Int
  ) throws -> Int {
    let key = "num_key_value_heads"
    let number = try reader.optionalInt(key, default: usual) ?? heads
    try reader.size(number, key)
    guard heads % number == 0 else {
      let found =
        try reader.json.keys().contains(key) ? "\(number)" : "\(number), the default of \(key)"
      throw reader.error(
        "num_attention_heads", "\(heads); must be a multiple of num_key_value_heads (\(found))")
    }
    return number
  }

  /// The windows that `use_sliding_window`, `sliding_window`, `max_window_layers` and `layer_types`
  /// describe: `[layers]`.
  static func windows(
    _ reader: ConfigurationReader, layers: Int, fullLayers: Int
  ) throws -> [Int?] {
    let isUsed = try reader.bool("use_sliding_window", default: false)
    let width = try isUsed ? reader.optionalInt("sliding_window", default: 4096) : nil
    if let width {
      try reader.size(width, "sliding_window", atMost: SizeLimit.sequence)
    }
    let first = try reader.int("max_window_layers", default: fullLayers)
    let types = try reader.strings("layer_types")
    guard let types else {
      return (0..<layers).map { $0 >= first ? width : nil }
    }
    guard types.count == layers else {
      throw reader.error("layer_types", "\(types.count) entries for \(layers) layers")
    }
    return try types.map { type in
      switch type {
      case "full_attention": return nil
      case "sliding_attention":
        guard let width else {
          throw reader.error(
            "layer_types", "'sliding_attention' needs use_sliding_window and sliding_window")
        }
        return width
      default:
        throw reader.error(
          "layer_types",
          "'\(type)' is not supported; known: full_attention, sliding_attention")
      }
    }
  }
}
