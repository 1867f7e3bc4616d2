import Capture
import Layers
import Tensors

/// A decoder of the Qwen2 family, from embeddings to the last normalisation.
public struct CausalDecoder: Sendable {
  public let configuration: DecoderConfiguration
  public let embedding: Embedding
  let layers: [DecoderLayer]
  let norm: RMSNorm
  /// `[vocabulary, width]`; the embedding table itself when they are tied.
  let unembedding: Parameter
  let rotary: MultimodalRotary

  /// - Parameters:
  ///   - scope: where `embed_tokens`, `layers` and `norm` live
  ///   - head: where `lm_head` lives
  init(
    _ scope: ParameterScope, head: ParameterScope, _ configuration: DecoderConfiguration
  ) throws {
    self.configuration = configuration
    let initializer = Initializer.normal(deviation: configuration.initializerRange)
    embedding = try Embedding(
      scope["embed_tokens"], count: configuration.vocabulary, width: configuration.width,
      padding: configuration.paddingToken, initializer: initializer)
    layers = try (0..<configuration.layers).map {
      try DecoderLayer(scope["layers"][$0], configuration, window: configuration.windows[$0])
    }
    norm = try RMSNorm(scope["norm"], configuration.width, epsilon: configuration.normEpsilon)
    unembedding =
      configuration.tiedEmbeddings
      ? embedding.weight
      : try head["lm_head"].linearWeight(
        configuration.width, configuration.vocabulary, initializer)
    rotary = MultimodalRotary(
      headDim: configuration.headDim, theta: configuration.ropeTheta,
      sections: configuration.rotarySections, scaling: configuration.rotaryScaling)
  }

  /// - Parameters:
  ///   - embeddings: `[tokens, width]`
  ///   - unit: positions count in steps of one over this
  ///   - rowLength: positions of the longest row of the batch, if these are fewer
  ///   - visible: false for tokens that no other attends to; all count when nil
  ///   - rows: the rows wanted at the end, ascending; all when nil
  ///   - probe: is shown the activations of ``DecoderConfiguration/activations``
  /// - Returns: `[rows, width]` after the last normalisation
  func callAsFunction(
    _ embeddings: Tensor, positions: [RotaryPosition], unit: Int, rowLength: Int = 0,
    visible: [Bool]? = nil, rows: [Int]?, cache: inout KeyValueCache?, probe: Probe
  ) throws -> Tensor {
    let (cosines, sines) = rotary.tables(positions, unit: unit, rowLength: rowLength)
    let context = DecoderContext(
      cosines: cosines, sines: sines, past: cache?.tokens ?? 0, visible: visible)
    let inside = probe["layers"]
    let end = layers.count - 1
    // The last layer needs queries only for what is read of it or afterwards.
    let read = inside[end].wants("attention") ? probe.queries ?? [] : []
    let last = rows.map { Array(Set($0 + read)).sorted() }
    var x = embeddings
    try probe["embeddings"].record("output", x.reshaped([1] + x.shape))
    for (index, layer) in layers.enumerated() {
      x = try layer(
        x, layer: index, rows: index == end ? last : nil, context: context, cache: &cache,
        probe: inside[index])
    }
    if let rows, let last, rows != last { x = x.rows(rows.map { last.firstIndex(of: $0)! }) }
    let normal = norm(x)
    try probe["norm"].record("output", normal.reshaped([1] + normal.shape))
    return normal
  }
}
