import VideoDiffusion

/// Multiplications and additions in the matrix products that one training sample of the VDM needs.
/// Elementwise work and what an implementation computes again are not in it.
struct DiffusionOperations {
  private(set) var forward = 0.0
  private(set) var backward = 0.0

  var total: Double { forward + backward }

  /// - Parameter latents: `[1, frames, channels, height, width]`
  init(
    _ model: CogVideoXConfiguration, _ encoder: T5Configuration, latents: [Int], textTokens: Int
  ) {
    let patch = model.patchSize
    let vision = latents[1] * (latents[3] / patch) * (latents[4] / patch)
    let cells = patch * patch
    let (tokens, width) = (textTokens + vision, model.width)

    // Pixels have no gradient: only that of the weight.
    product(rows: vision, inner: model.inChannels * cells, columns: width, gradients: 1)
    product(rows: textTokens, inner: model.textEmbedDim, columns: width)
    product(rows: 1, inner: width, columns: model.timeEmbedDim, gradients: 1)
    product(rows: 1, inner: model.timeEmbedDim, columns: model.timeEmbedDim)
    for _ in 0..<model.layers {
      for _ in 0..<2 { product(rows: 1, inner: model.timeEmbedDim, columns: 6 * width) }
      for _ in 0..<4 { product(rows: tokens, inner: width, columns: width) }
      product(rows: tokens, inner: width, columns: 4 * width)
      product(rows: tokens, inner: 4 * width, columns: width)
      attention(tokens: tokens, width: width)
    }
    product(rows: 1, inner: model.timeEmbedDim, columns: 2 * width)
    product(rows: vision, inner: width, columns: model.outChannels * cells)

    let inner = encoder.heads * encoder.headDim
    for _ in 0..<encoder.layers {
      for _ in 0..<4 { product(rows: textTokens, inner: encoder.width, columns: inner) }
      for _ in 0..<3 {
        product(rows: textTokens, inner: encoder.width, columns: encoder.feedForward)
      }
      attention(tokens: textTokens, width: inner)
    }
  }

  /// A pass forward of one stream.
  /// - Parameters:
  ///   - references: streams beside it whose keys and values it sees too; nobody needs more of them
  ///     after the last layer
  init(_ model: CogVideoXConfiguration, latents: [Int], textTokens: Int, references: Int) {
    let patch = model.patchSize
    let vision = latents[1] * (latents[3] / patch) * (latents[4] / patch)
    let (tokens, width) = (textTokens + vision, model.width)
    let streams = 1 + references
    product(rows: streams * vision, inner: model.inChannels * patch * patch, columns: width)
    product(rows: streams * textTokens, inner: model.textEmbedDim, columns: width)
    for layer in 0..<model.layers {
      let full = layer == model.layers - 1 ? 1 : streams
      for _ in 0..<2 { product(rows: streams, inner: model.timeEmbedDim, columns: 6 * width) }
      for _ in 0..<2 { product(rows: streams * tokens, inner: width, columns: width) }
      for _ in 0..<2 { product(rows: full * tokens, inner: width, columns: width) }
      product(rows: full * tokens, inner: width, columns: 4 * width)
      product(rows: full * tokens, inner: 4 * width, columns: width)
      for stream in 0..<full {
        forward += 4 * Double(tokens * tokens * width * (stream == 0 ? streams : 1))
      }
    }
    product(rows: vision, inner: width, columns: model.outChannels * patch * patch)
  }

  /// A product with a weight, and with as many gradients.
  private mutating func product(rows: Int, inner: Int, columns: Int, gradients: Int = 2) {
    let operations = 2 * Double(rows * inner * columns)
    forward += operations
    backward += Double(gradients) * operations
  }

  /// Scores and mixing over all heads, and the two gradients of each.
  private mutating func attention(tokens: Int, width: Int) {
    let operations = 2 * Double(tokens * tokens * width)
    forward += 2 * operations
    backward += 4 * operations
  }
}
