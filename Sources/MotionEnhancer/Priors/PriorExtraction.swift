import Capture
import Tensors
import Tokenizers
import Video
import VideoDiffusion

/// All options of an extraction from a clip and a text.
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
  /// Whether the text encoder's mapped weights may leave memory once the texts are encoded: for a
  /// single clip with a model that fills the memory.
  public var releasesWeights = false

  public init(_ model: VideoDiffusionModel, options: ExtractionOptions) {
    self.model = model
    self.options = options
  }

  /// What `checkpoint` counts up to: layers of the transformer, once for each stream that passes
  /// them, and heads that are scored.
  public var work: Int {
    let layers = model.transformer.configuration.layers
    let groups = options.identity == .perLayer ? layers : 1
    return layers * InversionReconstruction.streams(options.inversion)
      + groups * model.transformer.configuration.heads
  }

  /// - Parameters:
  ///   - latents: of the clip, `[1, frames, channels, height, width]`
  ///   - key: of the fresh noise, where reconstruction starts from it
  ///   - checkpoint: called between parts of the work, on any thread, with the units of ``work``
  ///     that are done since the last call; throws to stop
  public func prior(
    latents clip: Tensor, text: String, key: StreamKey,
    checkpoint: @Sendable (_ done: Int) throws -> Void = { _ in }
  ) throws -> MotionPrior {
    try withoutGradients {
      let encoding = model.tokens(text)
      let conditional = model.textEncoder(encoding.ids)
      try checkpoint(0)
      let empty = model.textEncoder(model.tokens("").ids)
      if releasesWeights { model.textEncoder.store.releasePages() }
      try checkpoint(0)
      let latents = model.filled(clip)
      let rotary = model.rotary(for: latents.shape)
      let grid = model.tokenGrid(of: latents.shape)
      let process = InversionReconstruction(
        model.transformer, schedule: model.schedule, options: options.inversion)
      let trajectory = try process.invert(
        latents, emptyText: empty, rotary: rotary, checkpoint: checkpoint)
      var replay = AttentionReplay(
        textTokens: encoding.count, grid: grid, heads: model.transformer.configuration.heads,
        scope: options.scope)
      let joint = try ActivationSelection(
        "blocks.*.{queries,keys}", of: model.transformer.configuration.activations)
      let reconstruction = try process.reconstruct(
        trajectory, text: conditional, emptyText: empty, rotary: rotary,
        noise: Tensor.normal(latents.shape, key: key), checkpoint: checkpoint
      ) { step in
        .eachBlock(of: joint) { layer, found in
          try replay.append(
            .init(
              step: step, layer: layer, queries: found["queries"]!.slice(0, 0..<1),
              keys: found["keys"]!))
        }
      }
      if releasesWeights { model.transformer.store.releasePages() }
      let builder = PriorBuilder(
        identity: options.identity, order: options.order, band: options.band)
      return try builder.build(
        replay, tokens: priorTokens(encoding, text),
        reconstructionError: error(of: reconstruction, clip)
      ) { try checkpoint(1) }
    }
  }

  /// `|x - x'| / |x|` over the clip's own latents.
  private func error(of reconstruction: Tensor, _ clip: Tensor) -> Double {
    let added = reconstruction.shape[1] - clip.shape[1]
    let own = added == 0 ? reconstruction : reconstruction.slice(1, added..<reconstruction.shape[1])
    return Double(((own - clip).norm() / clip.norm()).scalar)
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
