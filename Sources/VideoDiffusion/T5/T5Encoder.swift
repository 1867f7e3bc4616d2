import JSON
import Layers
import Tensors

/// `T5EncoderModel`'s config.json (version 1.1 and later).
public struct T5Configuration: Sendable {
  public var vocabulary = 32_128
  public var width = 512
  public var headDim = 64
  public var feedForward = 2048
  public var layers = 6
  public var heads = 8
  public var buckets = 32
  public var maxDistance = 128
  public var epsilon: Float = 1e-6

  public init() {}

  public init(_ json: JSONNode) throws {
    vocabulary = try json.int("vocab_size", default: vocabulary)
    width = try json.int("d_model", default: width)
    headDim = try json.int("d_kv", default: headDim)
    feedForward = try json.int("d_ff", default: feedForward)
    layers = try json.int("num_layers", default: layers)
    heads = try json.int("num_heads", default: heads)
    buckets = try json.int("relative_attention_num_buckets", default: buckets)
    maxDistance = try json.int("relative_attention_max_distance", default: maxDistance)
    epsilon = Float(try json.double("layer_norm_epsilon", default: Double(epsilon)))
    let projection = try json.string("feed_forward_proj", default: "gated-gelu")
    guard projection == "gated-gelu" else {
      throw ConfigurationError(
        model: "T5", key: "feed_forward_proj",
        reason: "'\(projection)' is not built; CogVideoX's encoder has 'gated-gelu'")
    }
  }
}

/// The encoder of T5 version 1.1 (Raffel et al., 2020), `T5EncoderModel`.
public final class T5Encoder: Sendable {
  public let configuration: T5Configuration
  public let store: ParameterStore
  private let embedding: Embedding
  private let positionBias: Parameter
  private let blocks: [T5Block]
  private let finalNorm: RMSNorm

  public init(_ configuration: T5Configuration, source: ParameterSource) throws {
    self.configuration = configuration
    store = ParameterStore(source)
    embedding = try Embedding(
      store.root["shared"], count: configuration.vocabulary, width: configuration.width)
    let encoder = store.root["encoder"]
    positionBias = try encoder["block"][0]["layer"][0]["SelfAttention"][
      "relative_attention_bias"
    ].parameter(
      "weight", [configuration.buckets, configuration.heads],
      .normal(deviation: 1 / Float(configuration.width).squareRoot()))
    blocks = try (0..<configuration.layers).map {
      try T5Block(encoder["block"][$0], configuration)
    }
    finalNorm = try RMSNorm(
      encoder["final_layer_norm"], configuration.width, epsilon: configuration.epsilon)
  }

  /// The encoding of one text.
  /// - Parameter visible: which tokens may be attended to (the attention mask); all when nil
  /// - Returns: `[1, tokens, width]`
  public func callAsFunction(_ ids: [Int], visible: [Bool]? = nil) -> Tensor {
    let tokens = ids.count
    // [tokens * tokens, heads] -> [heads, tokens, tokens]
    var bias = positionBias.tensor.rows(relativeBuckets(tokens))
      .reshaped([tokens, tokens, configuration.heads]).permuted([2, 0, 1])
    if let visible, visible.contains(false) {
      bias =
        bias
        + Tensor(
          shape: [1, 1, tokens], values: visible.map { $0 ? 0 : -Float.greatestFiniteMagnitude / 2 }
        )
    }
    var hidden = embedding(ids)
    for block in blocks { hidden = block(hidden, bias: bias) }
    return finalNorm(hidden).reshaped([1, tokens, configuration.width])
  }

  /// Bucket of key position minus query position, both directions, for all pairs.
  private func relativeBuckets(_ tokens: Int) -> [Int] {
    let half = configuration.buckets / 2
    let exact = half / 2
    func bucket(_ offset: Int) -> Int {
      let distance = abs(offset)
      let side = offset > 0 ? half : 0
      if distance < exact { return side + distance }
      let ratio =
        ScalarMath.log(Double(distance) / Double(exact))
        / ScalarMath.log(Double(configuration.maxDistance) / Double(exact))
      return side + min(half - 1, exact + Int(ratio * Double(half - exact)))
    }
    return (0..<tokens).flatMap { query in (0..<tokens).map { bucket($0 - query) } }
  }
}

/// Self-attention without scaling, then a gated GELU network; both pre-normalised.
private struct T5Block: Sendable {
  let attentionNorm: RMSNorm
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let feedForwardNorm: RMSNorm
  let gate: Linear
  let up: Linear
  let down: Linear
  let heads: Int
  let headDim: Int

  init(_ scope: ParameterScope, _ configuration: T5Configuration) throws {
    let (width, inner) = (configuration.width, configuration.heads * configuration.headDim)
    let attention = scope["layer"][0]["SelfAttention"]
    func linear(
      _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, _ variance: Int
    ) throws -> Linear {
      // Unscaled attention wants queries whose products have unit variance.
      try Linear(
        scope, inputs, outputs, bias: false,
        initializer: .normal(deviation: 1 / Float(variance).squareRoot()))
    }
    query = try linear(attention["q"], width, inner, width * configuration.headDim)
    key = try linear(attention["k"], width, inner, width)
    value = try linear(attention["v"], width, inner, width)
    output = try linear(attention["o"], inner, width, inner)
    attentionNorm = try RMSNorm(
      scope["layer"][0]["layer_norm"], width, epsilon: configuration.epsilon)
    let dense = scope["layer"][1]["DenseReluDense"]
    gate = try linear(dense["wi_0"], width, configuration.feedForward, width)
    up = try linear(dense["wi_1"], width, configuration.feedForward, width)
    down = try linear(dense["wo"], configuration.feedForward, width, configuration.feedForward)
    feedForwardNorm = try RMSNorm(
      scope["layer"][1]["layer_norm"], width, epsilon: configuration.epsilon)
    heads = configuration.heads
    headDim = configuration.headDim
  }

  /// - Parameters:
  ///   - x: `[tokens, width]`
  ///   - bias: `[heads, tokens, tokens]`
  func callAsFunction(_ x: Tensor, bias: Tensor) -> Tensor {
    let tokens = x.shape[0]
    let normal = attentionNorm(x)
    func split(_ y: Tensor) -> Tensor { y.reshaped([tokens, heads, headDim]).permuted([1, 0, 2]) }
    let scores = split(query(normal)).matmul(split(key(normal)), transposed: true) + bias
    let mixed = scores.softmax().matmul(split(value(normal)))
    let x = x + output(mixed.permuted([1, 0, 2]).reshaped([tokens, heads * headDim]))
    let inner = feedForwardNorm(x)
    return x + down(gate(inner).geluTanh() * up(inner))
  }
}
