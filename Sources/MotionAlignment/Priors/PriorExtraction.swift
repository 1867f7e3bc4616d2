import Tensors
import Tokenizers
import Video
import VideoDiffusion

/// Everything that decides what is extracted from a clip and a text.
public struct ExtractionOptions: Sendable {
  public var inversion = InversionOptions()
  public var identity = HeadIdentity.byIndex
  public var order = ScoreOrder.averageThenScore
  public var scope = AttentionScope.own
  /// Width of the diagonal band in cells.
  public var band = 0

  public init() {}
}

/// Extracts motion priors with a frozen diffusion model.
public struct PriorExtraction: Sendable {
  public let model: VideoDiffusionModel
  public let options: ExtractionOptions

  public init(_ model: VideoDiffusionModel, options: ExtractionOptions) {
    self.model = model
    self.options = options
  }

  /// - Parameters:
  ///   - latents: of the clip, `[1, frames, channels, height, width]`
  ///   - key: of the fresh noise, where reconstruction starts from it
  public func prior(
    latents: Tensor, text: String, key: StreamKey, checkpoint: () throws -> Void = {}
  ) throws -> MotionPrior {
    try withoutGradients {
      let encoding = model.tokens(text)
      let conditional = model.textEncoder(encoding.ids)
      let empty = model.textEncoder(model.tokens("").ids)
      let rotary = model.rotary(for: latents.shape)
      let patch = model.transformer.configuration.patchSize
      let grid = TokenGrid(
        frames: latents.shape[1], height: latents.shape[3] / patch, width: latents.shape[4] / patch)
      let process = InversionReconstruction(
        model.transformer, schedule: model.schedule, options: options.inversion)
      let trajectory = try process.invert(
        latents, emptyText: empty, rotary: rotary, checkpoint: checkpoint)
      var replay = AttentionReplay(
        textTokens: encoding.count, grid: grid, heads: model.transformer.configuration.heads,
        scope: options.scope)
      let reconstruction = try process.reconstruct(
        trajectory, text: conditional, emptyText: empty, rotary: rotary,
        noise: Tensor.normal(latents.shape, key: key), checkpoint: checkpoint
      ) { step, layer, queries, keys in
        replay.append(.init(step: step, layer: layer, queries: queries, keys: keys))
      }
      let builder = PriorBuilder(
        identity: options.identity, order: options.order, band: options.band)
      return builder.build(
        replay, tokens: priorTokens(encoding, text),
        reconstructionError: Double(
          ((reconstruction - latents).norm() / latents.norm()).scalar))
    }
  }

  private func priorTokens(_ encoding: Encoding, _ text: String) -> [PriorToken] {
    let bytes = Array(text.utf8)
    return (0..<encoding.count).map { token in
      let span = encoding.spans[token]
      return PriorToken(
        text: String(decoding: bytes[span], as: UTF8.self), span: span,
        isCandidate: !encoding.isSpecial[token] && !span.isEmpty)
    }
  }
}
