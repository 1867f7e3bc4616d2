import Checkpoints
import JSON
import Layers

extension InternVL {
  /// The `vision_config` section: InternViT (Chen et al., 2024).
  public struct VisionConfiguration: Hashable, Sendable {
    /// The normalisation before attention and before the MLP.
    public enum Norm: String, Hashable, Sendable, CaseIterable {
      case layerNorm = "layer_norm"
      case rmsNorm = "rms_norm"
    }

    public var layers: Int
    public var width: Int
    public var inner: Int
    public var heads: Int
    public var channels: Int
    /// Sides of a tile of the training's size in pixels.
    public var imageHeight: Int
    public var imageWidth: Int
    /// Sides of a patch in pixels.
    public var patchHeight: Int
    public var patchWidth: Int
    /// Patches of a tile of the training's size, each of which has a learned position.
    public var positions: Int
    public var hasPositions: Bool
    /// Whether queries, keys and values have biases.
    public var attentionBias: Bool
    /// Whether queries and keys are normalised over all heads together.
    public var normalisesQueriesAndKeys: Bool
    public var queryNormEpsilon: Float
    public var activation: Activation
    public var norm: Norm
    public var normEpsilon: Float
    public var layerScale: Float
    /// A token for masked pretraining, which a forward pass does not use.
    public var hasMaskToken: Bool
    /// Whether the output is normalised once more.
    public var hasFinalNorm: Bool
    public var initializerRange: Float

    public var headDim: Int { width / heads }
    /// Values of one patch.
    public var patchValues: Int { channels * patchHeight * patchWidth }

    /// As the reference library writes it.
    init(library json: JSONNode) throws {
      let reader = ConfigurationReader(
        InternVL.className, json, section: "vision_config", null: .absent)
      let kind = try json.string("model_type", default: "internvl_vision")
      guard kind == "internvl_vision" else {
        throw reader.error("model_type", "'\(kind)' is not supported; known: internvl_vision")
      }
      try reader.refuseNull(
        "hidden_size", "num_hidden_layers", "num_attention_heads", "attention_bias",
        "use_qk_norm", "intermediate_size", "hidden_act", "initializer_range", "norm_type",
        "layer_norm_eps", "image_size", "patch_size", "num_channels", "use_mask_token",
        "use_absolute_position_embeddings", "layer_scale_init_value", "use_mean_pooling")
      try self.init(
        reader, norm: .layerNorm,
        scale: reader.float("layer_scale_init_value", default: 0.1))
      attentionBias = try json.bool("attention_bias", default: false)
      normalisesQueriesAndKeys = try json.bool("use_qk_norm", default: false)
      queryNormEpsilon = 1e-6
      hasPositions = try json.bool("use_absolute_position_embeddings", default: true)
      hasMaskToken = try json.bool("use_mask_token", default: false)
      hasFinalNorm = try !json.bool("use_mean_pooling", default: true)
    }

    /// As the authors write it.
    init(authors json: JSONNode) throws {
      let reader = ConfigurationReader(
        "InternVLChatModel", json, section: "vision_config", null: .absent)
      let kind = try json.string("model_type", default: "intern_vit_6b")
      guard kind == "intern_vit_6b" else {
        throw reader.error("model_type", "'\(kind)' is not supported; known: intern_vit_6b")
      }
      try self.init(
        reader, norm: .rmsNorm,
        scale: reader.float("initializer_factor", default: 0.1))
      attentionBias = try json.bool("qkv_bias", default: false)
      normalisesQueriesAndKeys = try json.bool("qk_normalization", default: true)
      queryNormEpsilon = normEpsilon
    }

    /// What both have.
    private init(
      _ reader: ConfigurationReader, norm standard: Norm, scale: Float
    ) throws {
      let isLibrary = standard == .layerNorm
      layers = try reader.size(
        "num_hidden_layers", default: isLibrary ? 24 : 48,
        atMost: SizeLimit.layers)
      width = try reader.size("hidden_size", default: isLibrary ? 1024 : 3200)
      inner = try reader.size("intermediate_size", default: isLibrary ? 4096 : 12_800)
      heads = try reader.size("num_attention_heads", default: isLibrary ? 16 : 25)
      channels = try reader.size("num_channels", default: 3)
      let image = try reader.sides("image_size", default: isLibrary ? 448 : 224)
      (patchHeight, patchWidth) = try reader.sides(
        "patch_size", default: 14, atMost: SizeLimit.side)
      (imageHeight, imageWidth) = image
      positions = image.0 / patchHeight * (image.1 / patchWidth)
      activation = try reader.transformersActivation("hidden_act", default: "gelu")
      let name = try reader.string("norm_type", default: standard.rawValue)
      guard let norm = Norm(rawValue: name) else {
        let known = Norm.allCases.map(\.rawValue).joined(separator: ", ")
        throw reader.error("norm_type", "unknown norm '\(name)'; known: \(known)")
      }
      self.norm = norm
      normEpsilon = try reader.epsilon("layer_norm_eps", default: 1e-6)
      layerScale = scale
      initializerRange = try reader.float("initializer_range", default: 0.02)
      (attentionBias, normalisesQueriesAndKeys, queryNormEpsilon) = (false, false, 1e-6)
      (hasPositions, hasMaskToken, hasFinalNorm) = (true, false, false)
      try reader.divides(
        heads, width, "hidden_size", "a multiple of num_attention_heads (\(heads))")
      guard positions > 0 else {
        throw reader.error("image_size", "\(image) is smaller than one patch")
      }
    }
  }
}
