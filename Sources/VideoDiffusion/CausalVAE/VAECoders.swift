import Layers
import Tensors

struct VAEEncoder: Sendable {
  private struct Level: Sendable {
    let blocks: [ResidualBlock3D]
    let downsample: Downsample3D?
  }
  private let convIn: CausalConvolution
  private let levels: [Level]
  private let middle: [ResidualBlock3D]
  private let normOut: GroupNorm
  private let convOut: CausalConvolution

  init(_ scope: ParameterScope, _ configuration: VAEConfiguration) throws {
    let channels = configuration.blockChannels
    convIn = try CausalConvolution(scope["conv_in"], configuration.inChannels, channels[0])
    levels = try channels.indices.map { level in
      let at = scope["down_blocks"][level]
      let inputs = channels[max(level - 1, 0)]
      return Level(
        blocks: try (0..<configuration.layersPerBlock).map {
          try ResidualBlock3D(
            at["resnets"][$0], $0 == 0 ? inputs : channels[level], channels[level], configuration,
            decoding: false)
        },
        downsample: level == channels.count - 1
          ? nil
          : try Downsample3D(
            at["downsamplers"][0], channels[level],
            compressesTime: level < configuration.temporalLevels))
    }
    let last = channels[channels.count - 1]
    middle = try (0..<2).map {
      try ResidualBlock3D(
        scope["mid_block"]["resnets"][$0], last, last, configuration, decoding: false)
    }
    normOut = try GroupNorm(
      scope["norm_out"], groups: configuration.normGroups, channels: last, epsilon: 1e-6)
    convOut = try CausalConvolution(scope["conv_out"], last, 2 * configuration.latentChannels)
  }

  func callAsFunction(_ video: Tensor, cache: ConvolutionCache?) -> Tensor {
    var x = convIn(video, cache: cache)
    for level in levels {
      for block in level.blocks { x = block(x, cache: cache) }
      if let downsample = level.downsample { x = downsample(x) }
    }
    for block in middle { x = block(x, cache: cache) }
    return convOut(normOut(x).silu(), cache: cache)
  }
}

struct VAEDecoder: Sendable {
  private struct Level: Sendable {
    let blocks: [ResidualBlock3D]
    let upsample: Upsample3D?
  }
  private let convIn: CausalConvolution
  private let middle: [ResidualBlock3D]
  private let levels: [Level]
  private let normOut: SpatialNorm
  private let convOut: CausalConvolution

  init(_ scope: ParameterScope, _ configuration: VAEConfiguration) throws {
    let channels = Array(configuration.blockChannels.reversed())
    convIn = try CausalConvolution(scope["conv_in"], configuration.latentChannels, channels[0])
    middle = try (0..<2).map {
      try ResidualBlock3D(
        scope["mid_block"]["resnets"][$0], channels[0], channels[0], configuration, decoding: true)
    }
    levels = try channels.indices.map { level in
      let at = scope["up_blocks"][level]
      let inputs = channels[max(level - 1, 0)]
      return Level(
        blocks: try (0...configuration.layersPerBlock).map {
          try ResidualBlock3D(
            at["resnets"][$0], $0 == 0 ? inputs : channels[level], channels[level], configuration,
            decoding: true)
        },
        upsample: level == channels.count - 1
          ? nil
          : try Upsample3D(
            at["upsamplers"][0], channels[level],
            compressesTime: level < configuration.temporalLevels))
    }
    let last = channels[channels.count - 1]
    normOut = try SpatialNorm(
      scope["norm_out"], channels: last, latentChannels: configuration.latentChannels,
      groups: configuration.normGroups)
    convOut = try CausalConvolution(scope["conv_out"], last, configuration.outChannels)
  }

  func callAsFunction(_ latent: Tensor, cache: ConvolutionCache?) -> Tensor {
    var x = convIn(latent, cache: cache)
    for block in middle { x = block(x, latent: latent, cache: cache) }
    for level in levels {
      for block in level.blocks { x = block(x, latent: latent, cache: cache) }
      if let upsample = level.upsample { x = upsample(x) }
    }
    return convOut(normOut(x, latent: latent).silu(), cache: cache)
  }
}
