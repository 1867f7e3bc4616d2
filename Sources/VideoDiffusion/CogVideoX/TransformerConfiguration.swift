import Checkpoints
import JSON
import Layers

/// `CogVideoXTransformer3DModel`'s config.json, with diffusers' keys and defaults.
public struct CogVideoXConfiguration: Sendable {
  /// Position embedding of the vision tokens, apart from rotary positions given with the call.
  public enum Positions: Sendable {
    case none
    /// Sines and cosines, computed for the size of the input.
    case sineCosine
    /// A table in the checkpoint, for inputs of the configured size.
    case learned
  }

  public var heads = 30
  public var headDim = 64
  public var inChannels = 16
  public var outChannels = 16
  public var flipSinToCos = true
  public var freqShift = 0.0
  public var timeEmbedDim = 512
  /// Width of the offset embedding of image-to-video models.
  public var offsetEmbedDim: Int?
  public var textEmbedDim = 4096
  public var layers = 30
  public var attentionBias = true
  /// Width and height of the latents that learned positions are for.
  public var sampleWidth = 90
  public var sampleHeight = 60
  /// Frames of the video (not of its latents) that learned positions are for.
  public var sampleFrames = 49
  public var patchSize = 2
  /// Latent frames of a token in the layout of CogVideoX 1.5; none in that of 1.0.
  public var framePatch: Int?
  public var temporalCompression = 4
  public var maxTextTokens = 226
  public var feedForward = FeedForwardKind.tanhGELU
  public var timestepActivation = Activation.silu
  public var normAffine = true
  public var normEpsilon: Float = 1e-5
  public var spatialInterpolation = 1.875
  public var temporalInterpolation = 1.0
  public var positions = Positions.none
  public var patchBias = true
  /// What to tell the user of the file.
  public private(set) var warnings: [String] = []

  public var width: Int { heads * headDim }
  /// Whether a pipeline gives this model rotary positions.
  public var usesRotaryPositions: Bool { positions != .sineCosine }

  public init() {}

  public init(_ json: JSONNode) throws {
    let reader = ConfigurationReader("CogVideoXTransformer3DModel", json, null: .refused)
    try reader.requireClass(["CogVideoXTransformer3DModel"])
    warnings = try reader.warnings(known: Self.keys)
    heads = try reader.size("num_attention_heads", default: heads)
    headDim = try reader.size("attention_head_dim", default: headDim)
    inChannels = try reader.size("in_channels", default: inChannels)
    outChannels = try reader.size("out_channels", default: outChannels)
    flipSinToCos = try reader.bool("flip_sin_to_cos", default: flipSinToCos)
    freqShift = try reader.double("freq_shift", default: freqShift)
    timeEmbedDim = try reader.size("time_embed_dim", default: timeEmbedDim)
    offsetEmbedDim = try reader.optionalSize("ofs_embed_dim", zeroIsNone: true)
    textEmbedDim = try reader.size("text_embed_dim", default: textEmbedDim)
    layers = try reader.size("num_layers", default: layers, atMost: SizeLimit.layers)
    _ = try reader.double("dropout", default: 0)
    attentionBias = try reader.bool("attention_bias", default: attentionBias)
    sampleWidth = try reader.size("sample_width", default: sampleWidth)
    sampleHeight = try reader.size("sample_height", default: sampleHeight)
    sampleFrames = try reader.size("sample_frames", default: sampleFrames)
    patchSize = try reader.size("patch_size", default: patchSize, atMost: SizeLimit.side)
    framePatch = try reader.optionalSize("patch_size_t", atMost: SizeLimit.side)
    temporalCompression = try reader.size(
      "temporal_compression_ratio", default: temporalCompression)
    maxTextTokens = try reader.size("max_text_seq_length", default: maxTextTokens)
    feedForward = try reader.choice(
      "activation_fn", default: "gelu-approximate", of: FeedForwardKind.names)
    timestepActivation = try reader.diffusersActivation("timestep_activation_fn", default: "silu")
    normAffine = try reader.bool("norm_elementwise_affine", default: normAffine)
    normEpsilon = try reader.epsilon("norm_eps", default: 1e-5)
    spatialInterpolation = try reader.positive(
      "spatial_interpolation_scale", default: spatialInterpolation)
    temporalInterpolation = try reader.positive(
      "temporal_interpolation_scale", default: temporalInterpolation)
    let rotary = try reader.bool("use_rotary_positional_embeddings", default: false)
    let learned = try reader.bool("use_learned_positional_embeddings", default: false)
    positions = learned ? .learned : rotary ? .none : .sineCosine
    patchBias = try reader.bool("patch_bias", default: patchBias)
    try validate(reader, rotary: rotary)
  }

  private static let keys: Set<String> = [
    "num_attention_heads", "attention_head_dim", "in_channels", "out_channels", "flip_sin_to_cos",
    "freq_shift", "time_embed_dim", "ofs_embed_dim", "text_embed_dim", "num_layers", "dropout",
    "attention_bias", "sample_width", "sample_height", "sample_frames", "patch_size",
    "patch_size_t", "temporal_compression_ratio", "max_text_seq_length", "activation_fn",
    "timestep_activation_fn", "norm_elementwise_affine", "norm_eps", "spatial_interpolation_scale",
    "temporal_interpolation_scale", "use_rotary_positional_embeddings",
    "use_learned_positional_embeddings", "patch_bias",
  ]

  private func validate(_ reader: ConfigurationReader, rotary: Bool) throws {
    if positions == .learned && !rotary {
      throw reader.error(
        "use_learned_positional_embeddings",
        "requires use_rotary_positional_embeddings, as in the reference")
    }
    if positions != .none && width % 16 != 0 {
      throw reader.error(
        "attention_head_dim",
        "\(heads) heads of \(headDim) give width \(width); positions need a multiple of 16")
    }
    for (key, half) in [("attention_head_dim", width / 2), ("ofs_embed_dim", offsetHalf)]
    where half > 0 && Double(half) == freqShift {
      throw reader.error(
        "freq_shift", "\(freqShift) causes a division by zero: half of \(key) is \(half)")
    }
    if let offset = offsetEmbedDim, offset != timeEmbedDim, offset != 1 {
      throw reader.error(
        "ofs_embed_dim", "\(offset) is added to time_embed_dim \(timeEmbedDim); they must be equal")
    }
  }

  private var offsetHalf: Int { (offsetEmbedDim ?? 0) / 2 }
}
