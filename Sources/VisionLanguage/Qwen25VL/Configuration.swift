import Checkpoints
import JSON
import Layers

/// Qwen2.5-VL (Bai et al., 2025), `Qwen2_5_VLForConditionalGeneration`.
public enum Qwen25VL {
  static let className = "Qwen2_5_VLForConditionalGeneration"
}

extension Qwen25VL {
  /// The model's `config.json`: nested, as in recent versions, or with the decoder's keys at the
  /// top level, as in the published checkpoints.
  public struct Configuration: Hashable, Sendable {
    public var vision: VisionConfiguration
    public var text: DecoderConfiguration
    public var imageToken: Int
    public var videoToken: Int
    public var visionStartToken: Int
    public var visionEndToken: Int
    /// Where the text after a video continues.
    public var textPosition = TextPosition.largest

    public init(_ json: JSONNode) throws {
      let name = try json.string("model_type", default: "qwen2_5_vl")
      guard name == "qwen2_5_vl" else {
        throw ConfigurationError(
          model: Qwen25VL.className, key: "model_type",
          reason: "'\(name)'; expected 'qwen2_5_vl'")
      }
      let reader = ConfigurationReader(Qwen25VL.className, json, null: .absent)
      try reader.refuseNull(
        "image_token_id", "video_token_id", "vision_start_token_id", "vision_end_token_id",
        "tie_word_embeddings")
      vision = try VisionConfiguration(json.find("vision_config") ?? JSONNode(.object([:])))
      text = try Self.decoder(json)
      imageToken = try reader.token("image_token_id", default: 151_655)
      videoToken = try reader.token("video_token_id", default: 151_656)
      visionStartToken = try reader.token("vision_start_token_id", default: 151_652)
      visionEndToken = try reader.token("vision_end_token_id", default: 151_653)
      guard vision.outputWidth == text.width else {
        throw ConfigurationError(
          model: Qwen25VL.className, key: "vision_config.out_hidden_size",
          reason: "\(vision.outputWidth) does not match the decoder's hidden_size \(text.width)")
      }
    }

    public init(contentsOfFile file: String) throws {
      try self.init(JSONNode(contentsOfFile: file))
    }
  }

  /// The first position of the text that follows a video.
  public enum TextPosition: String, Hashable, Sendable, CaseIterable {
    /// The largest position of the video plus one, the model authors' rule.
    case largest
    /// The video's start plus its larger side, the rule of recent versions of transformers.
    case spatial
  }
}

extension Qwen25VL.Configuration {
  private static func decoder(_ root: JSONNode) throws -> DecoderConfiguration {
    let json = try root.find("text_config") ?? root
    let reader = ConfigurationReader(
      Qwen25VL.className, json,
      section: try root.find("text_config") == nil ? nil : "text_config", null: .absent)
    try reader.refuseNull(
      "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers",
      "num_attention_heads", "hidden_act", "max_position_embeddings", "initializer_range",
      "rms_norm_eps")
    let heads = try reader.size("num_attention_heads", default: 64)
    let width = try reader.size("hidden_size", default: 8192)
    let keyHeads = try DecoderConfiguration.keyHeads(reader, heads: heads, default: 8)
    try reader.divides(heads, width, "hidden_size", "a multiple of num_attention_heads (\(heads))")
    try reader.divides(2, width / heads, "hidden_size", "an even width for each head")
    let layers = try reader.size("num_hidden_layers", default: 80, atMost: SizeLimit.layers)
    // Older files have it in the section; either place ties.
    let tied = try [root, json].contains { try $0.bool("tie_word_embeddings", default: false) }
    let rope = try RotarySettings(
      reader, headDim: width / heads, defaultTheta: 1_000_000,
      plainTypes: ["default", "mrope"])
    let sections = try rope.section?.ints("mrope_section", default: [16, 24, 24]) ?? [16, 24, 24]
    // Each is small before they are added.
    guard sections.allSatisfy({ (0...width).contains($0) }), sections.count <= width,
      sections.reduce(0, +) == width / heads / 2
    else {
      throw reader.error(
        "\(rope.key).mrope_section",
        "\(sections) must add up to half of headDim, \(width / heads / 2)")
    }
    let vocabulary = try reader.size("vocab_size", default: 152_064, atMost: SizeLimit.vocabulary)
    return DecoderConfiguration(
      vocabulary: vocabulary,
      width: width,
      inner: try reader.size("intermediate_size", default: 29_568),
      layers: layers,
      heads: heads,
      keyHeads: keyHeads,
      headDim: width / heads,
      activation: try reader.transformersActivation("hidden_act", default: "silu"),
      normEpsilon: try reader.epsilon("rms_norm_eps", default: 1e-5),
      ropeTheta: rope.theta,
      rotarySections: sections,
      rotaryScaling: rope.scaling,
      windows: try DecoderConfiguration.windows(reader, layers: layers, fullLayers: 80),
      tiedEmbeddings: tied,
      initializerRange: try reader.float("initializer_range", default: 0.02),
      paddingToken: try DecoderConfiguration.paddingToken(reader, vocabulary: vocabulary))
  }
}
