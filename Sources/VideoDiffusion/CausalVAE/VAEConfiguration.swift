import Checkpoints
import JSON
import Layers

/// `AutoencoderKLCogVideoX`'s config.json, with diffusers' keys and defaults.
public struct VAEConfiguration: Sendable {
  public var inChannels = 3
  public var outChannels = 3
  public var blockChannels = [128, 256, 256, 512]
  public var latentChannels = 16
  public var layersPerBlock = 3
  /// Of the residual blocks; what follows a norm outside of them is always SiLU.
  public var activation = Activation.silu
  public var normEpsilon: Float = 1e-6
  public var normGroups = 32
  /// Levels at which time is halved (or doubled), counted from the input of either coder.
  public var temporalLevels = 2
  public var sampleHeight = 480
  public var sampleWidth = 720
  public var scalingFactor: Float = 1.15258426
  /// Convolutions over single cells behind the encoder and before the decoder.
  public var usesQuantConvolution = false
  public var usesPostQuantConvolution = false
  /// Whether image-to-video pipelines divide the latents of their image by the factor.
  public var invertsScale = false
  /// What to tell the user of the file.
  public private(set) var warnings: [String] = []

  /// Frames of the video that a latent frame (other than the first) stands for. The last level
  /// changes no size.
  public var temporalCompression: Int { 1 << min(temporalLevels, blockChannels.count - 1) }
  /// Pixels of a latent cell's side.
  public var spatialCompression: Int { 1 << (blockChannels.count - 1) }

  public init() {}

  public init(_ json: JSONNode) throws {
    let reader = ConfigurationReader(Self.model, json, null: .refused)
    try reader.requireClass([Self.model])
    warnings = try reader.warnings(known: Self.keys)
    inChannels = try reader.size("in_channels", default: inChannels)
    outChannels = try reader.size("out_channels", default: outChannels)
    blockChannels = try reader.sizes("block_out_channels", default: blockChannels)
    latentChannels = try reader.size("latent_channels", default: latentChannels)
    layersPerBlock = try reader.size(
      "layers_per_block", default: layersPerBlock, atMost: 1000)
    activation = try reader.diffusersActivation("act_fn", default: "silu")
    normEpsilon = try reader.epsilon("norm_eps", default: 1e-6)
    normGroups = try reader.size("norm_num_groups", default: normGroups)
    let ratio = try reader.positive("temporal_compression_ratio", default: 4)
    temporalLevels = ratio < 2 ? 0 : Int(ratio.exponent)
    sampleHeight = try reader.size("sample_height", default: sampleHeight)
    sampleWidth = try reader.size("sample_width", default: sampleWidth)
    scalingFactor = Float(
      try reader.positive("scaling_factor", default: Double(scalingFactor)))
    usesQuantConvolution = try reader.bool("use_quant_conv", default: false)
    usesPostQuantConvolution = try reader.bool("use_post_quant_conv", default: false)
    invertsScale = try reader.bool("invert_scale_latents", default: false)
    try validate(reader)
  }

  static let model = "AutoencoderKLCogVideoX"

  private static let keys: Set<String> = [
    "in_channels", "out_channels", "down_block_types", "up_block_types", "block_out_channels",
    "latent_channels", "layers_per_block", "act_fn", "norm_eps", "norm_num_groups",
    "temporal_compression_ratio", "sample_height", "sample_width", "scaling_factor",
    "shift_factor", "latents_mean", "latents_std", "force_upcast", "use_quant_conv",
    "use_post_quant_conv", "invert_scale_latents", "sample_size", "pad_mode",
  ]

  private func validate(_ reader: ConfigurationReader) throws {
    guard blockChannels.count <= 16 else {
      throw reader.error("block_out_channels", "\(blockChannels.count) levels; at most 16")
    }
    for channels in blockChannels where channels % normGroups != 0 {
      throw reader.error(
        "norm_num_groups", "\(channels) channels cannot be divided into \(normGroups) groups")
    }
    for (key, known) in [
      ("down_block_types", "CogVideoXDownBlock3D"), ("up_block_types", "CogVideoXUpBlock3D"),
    ] {
      guard let types = try reader.strings(key) else { continue }
      if let other = types.first(where: { $0 != known }) {
        throw reader.error(key, "unknown block '\(other)'; known: '\(known)'")
      }
      guard types.count == blockChannels.count else {
        throw reader.error(
          key, "\(types.count) blocks for \(blockChannels.count) block_out_channels")
      }
    }
    let padding = try reader.string("pad_mode", default: "first")
    guard padding == "first" || padding == "constant" else {
      throw reader.error(
        "pad_mode", "'\(padding)' is not supported; expected 'first', as in the reference")
    }
  }
}
