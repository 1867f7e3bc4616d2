import Layers
import Tensors

/// Latents and text as tokens of one width (diffusers' `CogVideoXPatchEmbed`).
///
/// CogVideoX 1.0 cuts each latent frame into squares, 1.5 the clip into blocks over time as well.
/// The first is a convolution whose stride is its kernel, so both are one linear layer over cells.
struct PatchEmbedding: Sendable {
  private let configuration: CogVideoXConfiguration
  private let weight: Parameter
  private let bias: Parameter?
  private let textProjection: Linear
  /// `[1, maxTextTokens + tokens, width]`; a table that is stored but not trained.
  private let learned: Parameter?

  init(_ scope: ParameterScope, _ configuration: CogVideoXConfiguration) throws {
    self.configuration = configuration
    let (width, patch) = (configuration.width, configuration.patchSize)
    let cells = configuration.inChannels * patch * patch * (configuration.framePatch ?? 1)
    let projection = scope["proj"]
    weight =
      try configuration.framePatch == nil
      ? projection.parameter(
        "weight", [width, configuration.inChannels, patch, patch], .uniformFanIn(cells))
      : projection.linearWeight(cells, width, .uniformFanIn(cells))
    // The linear layer of 1.5 has a bias whatever the configuration says.
    bias =
      configuration.patchBias || configuration.framePatch != nil
      ? try projection.parameter("bias", [width], .uniformFanIn(cells)) : nil
    textProjection = try Linear(scope["text_proj"], configuration.textEmbedDim, width)
    if configuration.positions == .learned {
      let grid = configuration.sampleGrid
      learned = try scope.parameter(
        "pos_embedding", [1, configuration.maxTextTokens + grid.product, width], .zeros)
    } else {
      learned = nil
    }
  }

  /// Fills learned positions with the values that training starts from.
  func resetLearnedPositions() {
    learned?.load(
      configuration.positionTable(grid: configuration.sampleGrid)
        .reshaped([1, -1, configuration.width]))
  }

  /// - Parameters:
  ///   - latents: `[batch, frames, channels, height, width]`
  ///   - text: `[batch, textTokens, textEmbedDim]`
  /// - Returns: `[batch, visionTokens, width]` and `[batch, textTokens, width]`
  func callAsFunction(_ latents: Tensor, text: Tensor) -> (vision: Tensor, text: Tensor) {
    let vision = cells(of: latents).linear(
      weight.tensor.reshaped([configuration.width, -1]), bias?.tensor)
    let text = textProjection(text)
    guard let table = positions(for: latents.shape) else { return (vision, text) }
    let words = text.shape[1]
    precondition(
      table.shape[0] == words + vision.shape[1],
      "positions \(table.shape) for \(words) words and tokens \(vision.shape)")
    return (vision + table.slice(0, words..<table.shape[0]), text + table.slice(0, 0..<words))
  }

  /// `[batch, frames, channels, height, width]` -> `[batch, tokens, channels * cells]`, tokens
  /// frame by frame and row by row. Rows and columns that fill no patch are left out, as a
  /// convolution leaves them out.
  private func cells(of x: Tensor) -> Tensor {
    let (b, f, c) = (x.shape[0], x.shape[1], x.shape[2])
    let (p, t) = (configuration.patchSize, configuration.framePatch ?? 1)
    let (h, w) = (x.shape[3] / p, x.shape[4] / p)
    var whole = x
    if h * p != x.shape[3] { whole = whole.slice(3, 0..<h * p) }
    if w * p != x.shape[4] { whole = whole.slice(4, 0..<w * p) }
    if t == 1 {
      return whole.reshaped([b, f, c, h, p, w, p]).permuted([0, 1, 3, 5, 2, 4, 6])
        .reshaped([b, f * h * w, c * p * p])
    }
    return whole.reshaped([b, f / t, t, c, h, p, w, p]).permuted([0, 1, 4, 6, 3, 2, 5, 7])
      .reshaped([b, f / t * h * w, c * t * p * p])
  }

  /// What is added to the tokens of latents of this shape, `[textTokens + visionTokens, width]`.
  private func positions(for latents: [Int]) -> Tensor? {
    guard configuration.positions != .none else { return nil }
    let isConfigured =
      latents[3] == configuration.sampleHeight && latents[4] == configuration.sampleWidth
      && configuration.sampleFrames == (latents[1] - 1) * configuration.temporalCompression + 1
    if let learned, isConfigured { return learned.data.reshaped([-1, configuration.width]) }
    return configuration.positionTable(grid: configuration.positionGrid(latents))
  }
}

extension CogVideoXConfiguration {
  /// Frames, rows and columns of tokens that learned positions are for.
  var sampleGrid: [Int] {
    [
      (sampleFrames - 1) / temporalCompression + 1, sampleHeight / patchSize,
      sampleWidth / patchSize,
    ]
  }

  /// Frames, rows and columns that positions are computed for: the reference counts latent frames
  /// even where a token spans several.
  func positionGrid(_ latents: [Int]) -> [Int] {
    [latents[1], latents[3] / patchSize, latents[4] / patchSize]
  }

  fileprivate func positionTable(grid: [Int]) -> Tensor {
    SineCosinePositions.table(
      textTokens: maxTextTokens, frames: grid[0], height: grid[1], width: grid[2],
      features: width, spatialScale: spatialInterpolation, temporalScale: temporalInterpolation)
  }
}
