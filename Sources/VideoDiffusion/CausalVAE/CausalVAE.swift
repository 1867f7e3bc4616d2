import Layers
import Tensors

/// CogVideoX's 3D causal variational autoencoder, `AutoencoderKLCogVideoX`: `n * ratio + 1` frames
/// become `n + 1` latent frames, each cell 2^(levels - 1) pixels wide.
///
/// A clip is coded in batches of frames, as in the reference. Convolutions see the frames of the
/// batch before; group norms do not, so the batches are part of the numerics.
public final class CausalVAE: Sendable {
  /// Frames of the video, and of its latents, that are coded at once.
  public static let frameBatch = 8
  public static let latentFrameBatch = 2

  public let configuration: VAEConfiguration
  public let store: ParameterStore
  private let encoder: VAEEncoder
  private let decoder: VAEDecoder
  private let quantConvolution: PointwiseConvolution?
  private let postQuantConvolution: PointwiseConvolution?

  public init(_ configuration: VAEConfiguration, source: ParameterSource) throws {
    self.configuration = configuration
    store = ParameterStore(source)
    encoder = try VAEEncoder(store.root["encoder"], configuration)
    decoder = try VAEDecoder(store.root["decoder"], configuration)
    let channels = configuration.outChannels
    quantConvolution =
      configuration.usesQuantConvolution
      ? try PointwiseConvolution(store.root["quant_conv"], 2 * channels, 2 * channels) : nil
    postQuantConvolution =
      configuration.usesPostQuantConvolution
      ? try PointwiseConvolution(store.root["post_quant_conv"], channels, channels) : nil
  }

  /// Mean and log variance of the posterior.
  /// - Parameters:
  ///   - video: `[batch, channels, frames, height, width]` in -1...1
  ///   - tiling: splits a larger image into tiles that are encoded one by one
  /// - Returns: both `[batch, channels, frames, height, width]` of latents
  public func encode(
    _ video: Tensor, tiling: VAETiling? = nil
  ) -> (mean: Tensor, logVariance: Tensor) {
    let moments = tiled(video, tiling?.encoding(configuration)) { tile in
      batches(tile, Self.frameBatch) { frames, cache in
        let moments = encoder(frames, cache: cache)
        return quantConvolution.map { $0(moments) } ?? moments
      }
    }
    // Log variances stay where their exponentials are finite, as in the reference.
    let parts = moments.split(1, into: 2)
    return (parts[0], parts[1].clamped(-30, 20))
  }

  /// - Parameters:
  ///   - latent: `[batch, channels, frames, height, width]`
  ///   - tiling: splits a larger image into tiles that are decoded one by one
  /// - Returns: `[batch, channels, frames, height, width]`
  public func decode(_ latent: Tensor, tiling: VAETiling? = nil) -> Tensor {
    tiled(latent, tiling?.decoding(configuration)) { tile in
      batches(tile, Self.latentFrameBatch) { frames, cache in
        decoder(postQuantConvolution.map { $0(frames) } ?? frames, cache: cache)
      }
    }
  }

  /// The video of a short clip's latents in one batch, whatever their number of frames.
  public func decodeInOnePiece(_ latent: Tensor) -> Tensor {
    decoder(postQuantConvolution.map { $0(latent) } ?? latent, cache: nil)
  }

  /// The scaled posterior mean in the transformer's layout,
  /// `[batch, latentFrames, latentChannels, latentHeight, latentWidth]`.
  public func latents(of video: Tensor) -> Tensor {
    encode(video).mean.permuted([0, 2, 1, 3, 4]) * configuration.scalingFactor
  }

  /// The video of latents in the transformer's layout, `[batch, channels, frames, height, width]`.
  public func video(of latents: Tensor) -> Tensor {
    decode(latents.permuted([0, 2, 1, 3, 4]) / configuration.scalingFactor)
  }

  /// Codes batch after batch of frames and joins the results.
  private func batches(
    _ x: Tensor, _ size: Int, _ code: (Tensor, ConvolutionCache?) -> Tensor
  ) -> Tensor {
    let ranges = FrameBatches.ranges(frames: x.shape[2], batch: size)
    guard ranges.count > 1 else { return code(x, nil) }
    let cache = ConvolutionCache()
    return Tensor.concatenate(ranges.map { code(x.slice(2, $0), cache) }, axis: 2)
  }

  private func tiled(_ x: Tensor, _ plan: TilePlan?, _ code: (Tensor) -> Tensor) -> Tensor {
    guard let plan, plan.cuts(height: x.shape[3], width: x.shape[4]) else { return code(x) }
    return plan.run(x, code)
  }
}
