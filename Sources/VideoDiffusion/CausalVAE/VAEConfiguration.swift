import JSON

/// `AutoencoderKLCogVideoX`'s config.json, with diffusers' keys.
public struct VAEConfiguration: Sendable {
  public var inChannels = 3
  public var outChannels = 3
  public var blockChannels = [128, 256, 256, 512]
  public var latentChannels = 16
  public var layersPerBlock = 3
  public var normEpsilon: Float = 1e-6
  public var normGroups = 32
  public var temporalCompression = 4
  public var scalingFactor: Float = 1.15258426

  /// Levels at which time is halved.
  var temporalLevels: Int { temporalCompression.trailingZeroBitCount }
  /// Pixels of a latent cell's side.
  public var spatialCompression: Int { 1 << (blockChannels.count - 1) }

  public init() {}

  public init(_ json: JSONNode) throws {
    inChannels = try json.int("in_channels", default: inChannels)
    outChannels = try json.int("out_channels", default: outChannels)
    blockChannels = try json.ints("block_out_channels", default: blockChannels)
    latentChannels = try json.int("latent_channels", default: latentChannels)
    layersPerBlock = try json.int("layers_per_block", default: layersPerBlock)
    normEpsilon = Float(try json.double("norm_eps", default: Double(normEpsilon)))
    normGroups = try json.int("norm_num_groups", default: normGroups)
    let ratio = try json.double("temporal_compression_ratio", default: 4)
    temporalCompression = Int(ratio)
    scalingFactor = Float(try json.double("scaling_factor", default: Double(scalingFactor)))
    func fail(_ key: String, _ reason: String) -> ConfigurationError {
      ConfigurationError(model: "AutoencoderKLCogVideoX", key: key, reason: reason)
    }
    let activation = try json.string("act_fn", default: "silu")
    guard activation == "silu" else { throw fail("act_fn", "'\(activation)'; 'silu' is built") }
    guard Double(temporalCompression) == ratio, temporalCompression.nonzeroBitCount == 1 else {
      throw fail("temporal_compression_ratio", "\(ratio) is not a power of two")
    }
    for channels in blockChannels where channels % normGroups != 0 {
      throw fail(
        "norm_num_groups", "\(channels) channels do not divide into \(normGroups) groups")
    }
    if try json.bool("use_quant_conv", default: false) {
      throw fail("use_quant_conv", "true; CogVideoX has none")
    }
  }
}
