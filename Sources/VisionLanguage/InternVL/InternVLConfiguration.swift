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
      let check = ConfigurationCheck(model: InternVL.className, prefix: "")
      let empty = JSONNode(.object([:]))
      try check.requireValues(
        json, "image_token_id", "downsample_ratio", "projector_hidden_act", "vision_feature_layer",
        "vision_feature_select_strategy", "tie_word_embeddings")
      vision = try VisionConfiguration(library: json.find("vision_config") ?? empty)
      text = try DecoderConfiguration.qwen2(
        json.find("text_config") ?? empty,
        ConfigurationCheck(model: InternVL.className, prefix: "text_config."),
        tied: json.bool("tie_word_embeddings", default: true))
      imageToken = try check.token(json, "image_token_id", default: 151_667)
      shuffle = try Self.shuffle(json, check)
      isTransposed = false
      projectorActivation = try check.activation(json, "projector_hidden_act", default: "gelu")
      featureLayer = try Self.featureLayer(
        json, "vision_feature_layer", layers: vision.layers, check)
      let strategy = try json.string("vision_feature_select_strategy", default: "default")
      guard strategy == "default" || strategy == "full" else {
        throw check.error(
          "vision_feature_select_strategy", "'\(strategy)' is not supported; known: default, full")
      }
      dropsClassToken = strategy == "default"
    }

    private init(authors json: JSONNode) throws {
      let check = ConfigurationCheck(model: "InternVLChatModel", prefix: "")
      vision = try VisionConfiguration(authors: json.object("vision_config"))
      let decoder = try json.object("llm_config")
      text = try DecoderConfiguration.qwen2(
        decoder, ConfigurationCheck(model: "InternVLChatModel", prefix: "llm_config."),
        tied: decoder.bool("tie_word_embeddings", default: false))
      imageToken = try check.token(json, "img_context_token_id", default: 151_667)
      shuffle = try Self.shuffle(json, check)
      let version = try json.string("ps_version", default: "v1")
      guard version == "v1" || version == "v2" else {
        throw check.error("ps_version", "'\(version)' is not supported; known: v1, v2")
      }
      isTransposed = version == "v1"
      projectorActivation = .gelu
      featureLayer = try Self.featureLayer(json, "select_layer", layers: vision.layers, check)
      dropsClassToken = true
    }

    /// The inverse of `downsample_ratio`.
    private static func shuffle(_ json: JSONNode, _ check: ConfigurationCheck) throws -> Int {
      let ratio = try json.double("downsample_ratio", default: 0.5)
      guard ratio >= 1 / Double(ConfigurationCheck.largestSide), ratio <= 1,
        (1 / ratio).rounded() == 1 / ratio
      else {
        throw check.error(
          "downsample_ratio",
          "\(ratio) is not 1/n for an integer n up to \(ConfigurationCheck.largestSide)")
      }
      return Int(1 / ratio)
    }

    private static func featureLayer(
      _ json: JSONNode, _ key: String, layers: Int, _ check: ConfigurationCheck
    ) throws -> Int? {
      let layer = try json.int(key, default: -1)
      guard (-layers - 1...layers).contains(layer) else {
        throw check.error(key, "\(layer) is out of range; valid: \(-layers - 1) to \(layers)")
      }
      return layer == -1 ? nil : layer < 0 ? layers + 1 + layer : layer
    }
  }
}

extension DecoderConfiguration {
  /// The section of a Qwen2 decoder.
  static func qwen2(
    _ json: JSONNode, _ check: ConfigurationCheck, tied: Bool
  ) throws -> DecoderConfiguration {
    let kind = try json.string("model_type", default: "qwen2")
    guard kind == "qwen2" else {
      throw check.error("model_type", "'\(kind)' is not supported; known: qwen2")
    }
    try check.requireValues(
      json, "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
      "num_attention_heads", "hidden_act", "max_position_embeddings", "initializer_range",
      "rms_norm_eps", "use_sliding_window", "max_window_layers")
    let heads = try check.positive(json, "num_attention_heads", default: 32)
    let width = try check.positive(json, "hidden_size", default: 4096)
    let layers = try check.positive(
      json, "num_hidden_layers", default: 32, atMost: ConfigurationCheck.mostLayers)
    let keyHeads = try keyHeads(json, heads: heads, default: 32, check)
    let headDim: Int
    if try json.find("head_dim") == nil {
      try check.divides(
        heads, width, "hidden_size", "a multiple of num_attention_heads (\(heads))")
      headDim = width / heads
    } else {
      headDim = try check.positive(json, "head_dim", default: width / heads)
    }
    try check.divides(2, headDim, "head_dim", "even, not \(headDim)")
    let rope = try RotarySettings(json, headDim: headDim, defaultTheta: 10_000, check)
    let vocabulary = try check.positive(
      json, "vocab_size", default: 151_936, atMost: ConfigurationCheck.largestVocabulary)
    return DecoderConfiguration(
      vocabulary: vocabulary,
      width: width,
      inner: try check.positive(json, "intermediate_size", default: 22_016),
      layers: layers,
      heads: heads,
      keyHeads: keyHeads,
      headDim: headDim,
      activation: try check.activation(json, "hidden_act", default: "silu"),
      normEpsilon: try check.epsilon(json, "rms_norm_eps", default: 1e-6),
      ropeTheta: rope.theta,
      rotarySections: [],
      rotaryScaling: rope.scaling,
      windows: try windows(json, layers: layers, fullLayers: 28, check),
      tiedEmbeddings: tied,
      initializerRange: try check.number(json, "initializer_range", default: 0.02),
      paddingToken: try paddingToken(json, vocabulary: vocabulary, check))
  }
}
