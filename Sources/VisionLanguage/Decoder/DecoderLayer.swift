import Capture
import Layers
import Tensors

/// What all layers of one pass share.
struct DecoderContext {
  /// `[tokens, headDim]`, for the tokens of this pass.
  let cosines: Tensor
  let sines: Tensor
  /// Tokens in the cache before this pass.
  let past: Int
  /// False for padding; every key counts when nil.
  let visible: [Bool]?

  /// Hides from each row all keys after it, those before its window and padding: `[rows, keys]`.
  /// A row that would see nothing attends to all keys alike, as in the reference library.
  func causalBias(rows: [Int], keys: Int, window: Int?) -> Tensor {
    Tensor(shape: [rows.count, keys]) { out in
      for (i, row) in rows.enumerated() {
        let visible = past + row + 1
        let first = max(0, visible - (window ?? visible))
        let line = i * keys
        out.fill(line..<line + first, with: -.infinity)
        out.fill(line + first..<line + visible, with: 0)
        out.fill(line + visible..<line + keys, with: -.infinity)
        if let shown = self.visible {
          for key in first..<visible where !shown[key] { out[line + key] = -.infinity }
          if !shown[first..<visible].contains(true) {
            out.fill(line..<line + keys, with: -.greatestFiniteMagnitude)
          }
        }
      }
    }
  }

  /// The rotary tables of some rows.
  func tables(_ rows: [Int]?) -> (Tensor, Tensor) {
    guard let rows else { return (cosines, sines) }
    return (cosines.rows(rows), sines.rows(rows))
  }
}

/// Pre-normalised causal self-attention with grouped keys, then a gated MLP.
struct DecoderLayer: Sendable {
  let inputNorm: RMSNorm
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let postNorm: RMSNorm
  let mlp: GatedMLP
  let heads: Int
  let keyHeads: Int
  let headDim: Int
  /// Tokens that each token sees; nil where it sees all before it.
  let window: Int?

  init(_ scope: ParameterScope, _ configuration: DecoderConfiguration, window: Int?) throws {
    self.window = window
    (heads, keyHeads, headDim) = (
      configuration.heads, configuration.keyHeads, configuration.headDim
    )
    let (width, epsilon) = (configuration.width, configuration.normEpsilon)
    let initializer = Initializer.normal(deviation: configuration.initializerRange)
    let attention = scope["self_attn"]
    inputNorm = try RMSNorm(scope["input_layernorm"], width, epsilon: epsilon)
    query = try Linear(
      attention["q_proj"], width, heads * headDim, initializer: initializer)
    key = try Linear(attention["k_proj"], width, keyHeads * headDim, initializer: initializer)
    value = try Linear(attention["v_proj"], width, keyHeads * headDim, initializer: initializer)
    output = try Linear(
      attention["o_proj"], heads * headDim, width, bias: false, initializer: initializer)
    postNorm = try RMSNorm(scope["post_attention_layernorm"], width, epsilon: epsilon)
    mlp = try GatedMLP(
      scope["mlp"], width: width, inner: configuration.inner, bias: false,
      activation: configuration.activation, initializer: initializer)
  }

  /// - Parameters:
  ///   - x: `[tokens, width]`
  ///   - rows: the rows to go on with, ascending; all when nil. Keys are made for all tokens.
  ///   - probe: is shown the layer's activations, `attention` with history where only some
  ///     queries are wanted
  /// - Returns: `[rows, width]`
  func callAsFunction(
    _ x: Tensor, layer: Int, rows: [Int]?, context: DecoderContext, cache: inout KeyValueCache?,
    probe: Probe
  ) throws -> Tensor {
    let tokens = x.shape[0]
    let normal = inputNorm(x)
    var k = key(normal).reshaped([1, tokens, keyHeads, headDim])
      .rotated(cosines: context.cosines, sines: context.sines, layout: .halves)
    var v = value(normal).reshaped([1, tokens, keyHeads, headDim])
    if cache != nil { (k, v) = cache!.append(layer: layer, k, v) }
    let (cosines, sines) = context.tables(rows)
    let count = rows?.count ?? tokens
    let q = query(rows.map { normal.rows($0) } ?? normal).reshaped([1, count, heads, headDim])
      .rotated(cosines: cosines, sines: sines, layout: .halves)
    let isPlain = window == nil && context.visible == nil
    let restricted = rows ?? (isPlain ? nil : Array(0..<tokens))
    let mask: AttentionMask =
      restricted.map {
        .additive(context.causalBias(rows: $0, keys: k.shape[1], window: window))
      } ?? .causal
    let mixed: Tensor
    if let wanted = probe.queries, probe.wants("attention") {
      mixed = Tensor.attention(q, k, v, mask: mask)
      try probe.record(
        "attention", weights(of: wanted, q: q, k: k, queryRows: rows, context: context))
    } else {
      mixed = try probe.attention(q, k, v, mask: mask)
    }
    let kept = rows.map { x.rows($0) } ?? x
    let hidden = kept + output(mixed.reshaped([count, heads * headDim]))
    let result = hidden + mlp(postNorm(hidden))
    try probe.record("output", result.reshaped([1] + result.shape))
    return result
  }

  /// Weights of some rows over all visible keys: `[1, heads, wanted, keys]`.
  private func weights(
    of wanted: [Int], q: Tensor, k: Tensor, queryRows: [Int]?, context: DecoderContext
  ) -> Tensor {
    let places = queryRows.map { kept in wanted.map { kept.firstIndex(of: $0)! } }
    let chosen = q.reshaped([-1, heads * headDim]).rows(places ?? wanted)
      .reshaped([1, wanted.count, heads, headDim])
    return Tensor.attentionWeights(
      chosen, k, bias: context.causalBias(rows: wanted, keys: k.shape[1], window: window))
  }
}
