import Layers
import Tensors

/// CogVideoX's 3D causal variational autoencoder, `AutoencoderKLCogVideoX`: `n * ratio + 1` frames
/// become `n + 1` latent frames, each cell 2^(levels - 1) pixels wide.
///
/// A clip is coded in one piece. The reference cuts longer ones into batches of 8 frames and of 2
/// latent frames, so the two agree up to 15 frames when encoding and 3 latent frames when decoding.
public final class CausalVAE: Sendable {
  public let configuration: VAEConfiguration
  public let store: ParameterStore
  private let encoder: VAEEncoder
  private let decoder: VAEDecoder

  public init(_ configuration: VAEConfiguration, source: ParameterSource) throws {
    self.configuration = configuration
    store = ParameterStore(source)
    encoder = try VAEEncoder(store.root["encoder"], configuration)
    decoder = try VAEDecoder(store.root["decoder"], configuration)
  }

  /// Mean and log variance of the posterior.
  /// - Parameter video: `[batch, channels, frames, height, width]` in -1...1
  /// - Returns: both `[batch, latentChannels, latentFrames, latentHeight, latentWidth]`
  public func encode(_ video: Tensor) -> (mean: Tensor, logVariance: Tensor) {
    let moments = encoder(video).split(1, into: 2)
    return (moments[0], moments[1])
  }

  /// - Parameter latent: `[batch, latentChannels, latentFrames, latentHeight, latentWidth]`
  public func decode(_ latent: Tensor) -> Tensor { decoder(latent) }

  /// The scaled posterior mean in the transformer's layout,
  /// `[batch, latentFrames, latentChannels, latentHeight, latentWidth]`.
  public func latents(of video: Tensor) -> Tensor {
    encode(video).mean.permuted([0, 2, 1, 3, 4]) * configuration.scalingFactor
  }

  /// The video of latents in the transformer's layout, `[batch, channels, frames, height, width]`.
  public func video(of latents: Tensor) -> Tensor {
    decode(latents.permuted([0, 2, 1, 3, 4]) / configuration.scalingFactor)
  }
}

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

  func callAsFunction(_ video: Tensor) -> Tensor {
    var x = convIn(video)
    for level in levels {
      for block in level.blocks { x = block(x) }
      if let downsample = level.downsample { x = downsample(x) }
    }
    for block in middle { x = block(x) }
    return convOut(normOut(x).silu())
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

  func callAsFunction(_ latent: Tensor) -> Tensor {
    var x = convIn(latent)
    for block in middle { x = block(x, latent: latent) }
    for level in levels {
      for block in level.blocks { x = block(x, latent: latent) }
      if let upsample = level.upsample { x = upsample(x) }
    }
    return convOut(normOut(x, latent: latent).silu())
  }
}
