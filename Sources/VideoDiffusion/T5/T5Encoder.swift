import Capture
import Layers
import Tensors

/// Where a checkpoint has the table of token embeddings.
public enum TokenTable: Sendable {
  /// For encoder and decoder alike.
  case shared
  /// In the encoder.
  case stack
  /// In both places, with other numbers; the encoder reads its own.
  case both

  static let sharedKey = "shared.weight"
  static let stackKey = "encoder.embed_tokens.weight"
}

/// The encoder of T5 (Raffel et al., 2020), `T5EncoderModel`: version 1.0 and 1.1.
public final class T5Encoder: Sendable {
  public let configuration: T5Configuration
  public let store: ParameterStore
  /// Where its checkpoint has the table of tokens.
  let table: TokenTable
  private let embedding: Embedding
  private let positionBias: Parameter
  private let blocks: [T5Block]
  private let finalNorm: RMSNorm

  public init(
    _ configuration: T5Configuration, source: ParameterSource, table: TokenTable = .shared
  ) throws {
    self.configuration = configuration
    self.table = table
    store = ParameterStore(source)
    let encoder = store.root["encoder"]
    if table == .both {
      _ = try store.root["shared"].parameter(
        "weight", [configuration.vocabulary, configuration.width], .normal(deviation: 1))
    }
    embedding = try Embedding(
      table == .shared ? store.root["shared"] : encoder["embed_tokens"],
      count: configuration.vocabulary, width: configuration.width)
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
    Probe.unused { try encode([ids], visible: visible.map { [$0] }, probe: $0) }
  }

  /// The encodings of texts of one length, from outside, which are checked first.
  /// - Parameters:
  ///   - ids: `input_ids [batch, tokens]`
  ///   - visible: `attention_mask [batch, tokens]`; all when nil
  ///   - probe: is shown the activations of ``T5Configuration/activations``
  /// - Returns: `[batch, tokens, width]`
  /// - Throws: ``ModelInputError``
  public func callAsFunction(
    _ ids: [[Int]], visible: [[Bool]]? = nil, probe: Probe = .none
  ) throws -> Tensor {
    func fail(_ input: String, _ reason: String) -> ModelInputError {
      ModelInputError(model: "T5EncoderModel", input: input, reason: reason)
    }
    guard let tokens = ids.first?.count, tokens > 0, ids.allSatisfy({ $0.count == tokens }) else {
      throw fail(
        "input_ids", "rows have lengths \(ids.map(\.count)); expected equal, non-zero lengths")
    }
    for (row, line) in ids.enumerated() {
      if let place = line.firstIndex(where: { $0 < 0 || $0 >= configuration.vocabulary }) {
        throw fail(
          "input_ids",
          "id \(line[place]) in row \(row) at position \(place) is outside the vocabulary of "
            + "\(configuration.vocabulary) (vocab_size)")
      }
    }
    if let visible, visible.map(\.count) != ids.map(\.count) {
      throw fail(
        "attention_mask",
        "rows of lengths \(visible.map(\.count)); expected \(ids.count) rows of \(tokens)")
    }
    return try encode(ids, visible: visible, probe: probe)
  }

  /// Rows of the batch are encoded each by itself, layer by layer.
  private func encode(_ ids: [[Int]], visible: [[Bool]]?, probe: Probe) throws -> Tensor {
    let tokens = ids[0].count
    let buckets = RelativeBuckets(
      buckets: configuration.buckets, maxDistance: configuration.maxDistance)
    // [tokens * tokens, heads] -> [heads, tokens, tokens]
    let bias = positionBias.tensor.rows(buckets.table(tokens))
      .reshaped([tokens, tokens, configuration.heads]).permuted([2, 0, 1])
    let biases = ids.indices.map { row in
      guard let line = visible?[row], line.contains(false) else { return bias }
      let hiding = line.map { $0 ? 0 : -Float.greatestFiniteMagnitude / 2 }
      return bias + Tensor(shape: [1, 1, tokens], values: hiding)
    }
    var hidden = ids.map { embedding($0) }
    try probe["embeddings"].record("output", joined(hidden))
    let inside = probe["blocks"]
    for (layer, block) in blocks.enumerated() {
      let probe = inside[layer]
      var seen: [String: [Tensor]] = [:]
      for row in hidden.indices {
        hidden[row] = block(hidden[row], bias: biases[row]) { name, activation in
          if probe.wants(name) { seen[name, default: []].append(activation) }
        }
      }
      for name in ["queries", "keys", "attention"] {
        try probe.record(name, joined(seen[name] ?? []))
      }
      try probe.record("output", joined(hidden))
    }
    let normal = joined(hidden.map { finalNorm($0) })
    try probe["norm"].record("output", normal)
    return normal
  }

  /// One tensor for each row of the batch to one with the batch in front.
  private func joined(_ rows: [Tensor]) -> Tensor {
    let rows = rows.map { $0.reshaped([1] + $0.shape) }
    return rows.count == 1 ? rows[0] : Tensor.concatenate(rows, axis: 0)
  }
}

/// Self-attention without scaling, then a network with one bend; both pre-normalised.
private struct T5Block: Sendable {
  private let attentionNorm: RMSNorm
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let output: Linear
  private let feedForwardNorm: RMSNorm
  private let entry: Linear
  /// What the bent features are multiplied by, in version 1.1.
  private let up: Linear?
  private let down: Linear
  private let heads: Int
  private let headDim: Int
  private let activation: Activation

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
    let deep = configuration.feedForward
    entry = try linear(dense[configuration.isGated ? "wi_0" : "wi"], width, deep, width)
    up = configuration.isGated ? try linear(dense["wi_1"], width, deep, width) : nil
    down = try linear(dense["wo"], deep, width, deep)
    feedForwardNorm = try RMSNorm(
      scope["layer"][1]["layer_norm"], width, epsilon: configuration.epsilon)
    heads = configuration.heads
    headDim = configuration.headDim
    activation = configuration.activation
  }

  /// - Parameters:
  ///   - x: `[tokens, width]`
  ///   - bias: `[heads, tokens, tokens]`
  ///   - show: is shown queries and keys, `[tokens, heads, headDim]`, and the attention weights,
  ///     `[heads, queries, keys]`
  func callAsFunction(
    _ x: Tensor, bias: Tensor, show: (_ name: String, _ activation: Tensor) -> Void
  ) -> Tensor {
    let tokens = x.shape[0]
    let normal = attentionNorm(x)
    func split(_ y: Tensor, _ name: String? = nil) -> Tensor {
      let heads = y.reshaped([tokens, heads, headDim])
      if let name { show(name, heads) }
      return heads.permuted([1, 0, 2])
    }
    let q = split(query(normal), "queries")
    let scores = q.matmul(split(key(normal), "keys"), transposed: true) + bias
    let weights = scores.softmax()
    show("attention", weights)
    let mixed = weights.matmul(split(value(normal)))
    let x = x + output(mixed.permuted([1, 0, 2]).reshaped([tokens, heads * headDim]))
    let inner = feedForwardNorm(x)
    let bent = activation(entry(inner))
    return x + down(up.map { bent * $0(inner) } ?? bent)
  }
}
