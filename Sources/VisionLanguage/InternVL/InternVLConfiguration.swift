import Checkpoints
import JSON
import Layers

/// InternVL3 (Zhu et al., 2025), `InternVLForConditionalGeneration`, and the authors' own
/// `InternVLChatModel`.
public enum InternVL {
  static let className = "InternVLForConditionalGeneration"
}

extension InternVL {
  /// The model's `config.json` in the reference library's layout or the authors'.
  public struct Configuration: Hashable, Sendable {
    public var vision: VisionConfiguration
    public var text: DecoderConfiguration
    /// The placeholder of one vision token.
    public var imageToken: Int
    /// Side of the square of patches that becomes one token of the decoder.
    public var shuffle: Int
    /// Whether the columns of the shuffled grid come before its rows, a fault of the first version
    /// of the authors' code that its checkpoints have learned (`ps_version` "v1").
    public var isTransposed: Bool
    public var projectorActivation: Activation
    /// The hidden states of the tower that are read: 0 for the embeddings, `n` after layer `n`; nil
    /// for the tower's own output.
    public var featureLayer: Int?
    /// Whether the class token is left out.
    public var dropsClassToken: Bool
    /// V2PE (Ge et al., 2024): a vision token moves the position on by one over this, a text
    /// token by 1.
    public var positionUnit = 1

    public init(_ json: JSONNode) throws {
      let name = try json.string("model_type", default: "internvl")
      switch name {
      case "internvl": try self.init(library: json)
      case "internvl_chat": try self.init(authors: json)
      default:
        throw ConfigurationError(
          model: InternVL.className, key: "model_type",
          reason: "'\(name)'; expected 'internvl' or 'internvl_chat'")
      }
    }

    public init(contentsOfFile file: String) throws {
      try self.init(JSONNode(contentsOfFile: file))
    }

    private init(library json: JSONNode) throws {
      let reader = ConfigurationReader(InternVL.className, json, null: .absent)
      let empty = JSONNode(.object([:]))
      try reader.refuseNull(
        "image_token_id", "downsample_ratio", "projector_hidden_act", "vision_feature_layer",
        "vision_feature_select_strategy", "tie_word_embeddings")
      vision = try VisionConfiguration(library: json.find("vision_config") ?? empty)
      text = try DecoderConfiguration.qwen2(
        ConfigurationReader(
          InternVL.className, json.find("text_config") ?? empty, section: "text_config",
          null: .absent),
        tied: json.bool("tie_word_embeddings", default: true))
      imageToken = try reader.token("image_token_id", default: 151_667)
      shuffle = try Self.shuffle(reader)
      isTransposed = false
      projectorActivation = try reader.transformersActivation(
        "projector_hidden_act", default: "gelu")
      featureLayer = try Self.featureLayer(
        reader, "vision_feature_layer", layers: vision.layers)
      let strategy = try json.string("vision_feature_select_strategy", default: "default")
      guard strategy == "default" || strategy == "full" else {
        throw reader.error(
          "vision_feature_select_strategy", "'\(strategy)' is not supported; known: default, full")
      }
      dropsClassToken = strategy == "default"
    }

    private init(authors json: JSONNode) throws {
      let reader = ConfigurationReader("InternVLChatModel", json, null: .absent)
      vision = try VisionConfiguration(authors: json.object("vision_config"))
      let decoder = try json.object("llm_config")
      text = try DecoderConfiguration.qwen2(
        ConfigurationReader("InternVLChatModel", decoder, section: "llm_config", null: .absent),
        tied: decoder.bool("tie_word_embeddings", default: false))
      imageToken = try reader.token("img_context_token_id", default: 151_667)
      shuffle = try Self.shuffle(reader)
      let version = try json.string("ps_version", default: "v1")
      guard version == "v1" || version == "v2" else {
        throw reader.error("ps_version", "'\(version)' is not supported; known: v1, v2")
      }
      isTransposed = version == "v1"
      projectorActivation = .gelu
      featureLayer = try Self.featureLayer(reader, "select_layer", layers: vision.layers)
      dropsClassToken = true
    }

    /// The inverse of `downsample_ratio`.
    private static func shuffle(_ reader: ConfigurationReader) throws -> Int {
      let ratio = try reader.json.double("downsample_ratio", default: 0.5)
      guard ratio >= 1 / Double(SizeLimit.side), ratio <= 1,
        (1 / ratio).rounded() == 1 / ratio
      else {
        throw reader.error(
          "downsample_ratio",
          "\(ratio) is not 1/n for an integer n up to \(SizeLimit.side)")
      }
      return Int(1 / ratio)
    }

    private static func featureLayer(
      _ reader: ConfigurationReader, _ key: String, layers: Int
    ) throws -> Int? {
      let layer = try reader.int(key, default: -1)
      guard (-layers - 1...layers).contains(layer) else {
        throw reader.error(key, "\(layer) is out of range; valid: \(-layers - 1) to \(layers)")
      }
      return layer == -1 ? nil : layer < 0 ? layers + 1 + layer : layer
    }
  }
}

extension DecoderConfiguration {
  /// The section of a Qwen2 decoder.
  static func qwen2(
    _ reader: ConfigurationReader, tied: Bool
  ) throws -> DecoderConfiguration {
    let kind = try reader.string("model_type", default: "qwen2")
    guard kind == "qwen2" else {
      throw reader.error("model_type", "'\(kind)' is not supported; known: qwen2")
    }
    try reader.refuseNull(
      "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
      "num_attention_heads", "hidden_act", "max_position_embeddings", "initializer_range",
      "rms_norm_eps", "use_sliding_window", "max_window_layers")
    let heads = try reader.size("num_attention_heads", default: 32)
    let width = try reader.size("hidden_size", default: 4096)
    let layers = try reader.size("num_hidden_layers", default: 32, atMost: SizeLimit.layers)
    let keyHeads = try keyHeads(reader, heads: heads, default: 32)
    let headDim: Int
    if try !reader.has("head_dim") {
      try reader.divides(
        heads, width, "hidden_size", "a multiple of num_attention_heads (\(heads))")
      headDim = width / heads
    } else {
      headDim = try reader.size("head_dim", default: width / heads)
    }
    try reader.divides(2, headDim, "head_dim", "even, not \(headDim)")
    let rope = try RotarySettings(reader, headDim: headDim, defaultTheta: 10_000)
    let vocabulary = try reader.size("vocab_size", default: 151_936, atMost: SizeLimit.vocabulary)
    return DecoderConfiguration(
      vocabulary: vocabulary,
      width: width,
      inner: try reader.size("intermediate_size", default: 22_016),
      layers: layers,
      heads: heads,
      keyHeads: keyHeads,
      headDim: headDim,
      activation: try reader.transformersActivation("hidden_act", default: "silu"),
      normEpsilon: try reader.epsilon("rms_norm_eps", default: 1e-6),
      ropeTheta: rope.theta,
      rotarySections: [],
      rotaryScaling: rope.scaling,
      windows: try windows(reader, layers: layers, fullLayers: 28),
      tiedEmbeddings: tied,
      initializerRange: try reader.float("initializer_range", default: 0.02),
      paddingToken: try paddingToken(reader, vocabulary: vocabulary))
  }
}
