import Layers
import Tensors

/// Called with a block of attention weights after softmax: `[rows.count, keys]`, row-major, valid
/// during the call only. Where only some rows pass the last layer, that layer's `rows` index
/// into them. Seeing the weights changes no bit of the result.
public typealias LayerAttentionObserver = (
  _ layer: Int, _ head: Int, _ rows: Range<Int>, _ weights: Span<Float>, _ keys: Int
) -> Void

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
  ///   - alignment: attention weights wanted with history
  /// - Returns: `[rows, width]` after the last normalisation, and the weights
  ///   `[layers, heads, alignment rows, alignment columns]`.
  func callAsFunction(
    _ embeddings: Tensor, positions: [RotaryPosition], unit: Int, rowLength: Int = 0,
    visible: [Bool]? = nil, rows: [Int]?, alignment: AlignmentRequest?, cache: inout KeyValueCache?,
    observer: LayerAttentionObserver?
  ) -> (hidden: Tensor, weights: Tensor?) {
    let (cosines, sines) = rotary.tables(positions, unit: unit, rowLength: rowLength)
    let context = DecoderContext(
      cosines: cosines, sines: sines, past: cache?.tokens ?? 0, visible: visible,
      alignment: alignment)
    // The last layer needs queries only for what is read afterwards.
    let last = rows.map { Array(Set($0 + (alignment?.rows ?? []))).sorted() }
    var x = embeddings
    var maps: [Tensor] = []
    for (index, layer) in layers.enumerated() {
      let see: AttentionObserver? = observer.map { observer in
        { _, head, rows, weights, keys in observer(index, head, rows, weights, keys) }
      }
      let isLast = index == layers.count - 1
      let (hidden, weights) = layer(
        x, layer: index, rows: isLast ? last : nil, context: context, cache: &cache,
        observer: see)
      x = hidden
      if let weights { maps.append(weights) }
    }
    if let rows, let last, rows != last { x = x.rows(rows.map { last.firstIndex(of: $0)! }) }
    return (norm(x), maps.isEmpty ? nil : Tensor.concatenate(maps, axis: 0))
  }
}
