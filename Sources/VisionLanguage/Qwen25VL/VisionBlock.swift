import Capture
import Layers
import Tensors

extension Qwen25VL {
  /// Consecutive stretches of tokens of one length, each of which attends within itself.
  struct Segment: Hashable, Sendable {
    var length: Int
    var count: Int

    /// Lengths in order, equal neighbours joined.
    static func joining(_ lengths: [Int]) -> [Segment] {
      lengths.reduce(into: []) { segments, length in
        if segments.last?.length == length {
          segments[segments.count - 1].count += 1
        } else {
          segments.append(Segment(length: length, count: 1))
        }
      }
    }
  }

  /// Pre-normalised attention within segments, then a gated MLP with biases.
  struct VisionBlock: Sendable {
    let isWindowed: Bool
    let attentionNorm: RMSNorm
    let queryKeyValue: Linear
    let output: Linear
    let mlpNorm: RMSNorm
    let mlp: GatedMLP
    let heads: Int
    let headDim: Int

    init(
      _ scope: ParameterScope, _ configuration: VisionConfiguration, isWindowed: Bool
    ) throws {
      self.isWindowed = isWindowed
      (heads, headDim) = (configuration.heads, configuration.headDim)
      let width = configuration.width
      let initializer = Initializer.normal(deviation: configuration.initializerRange)
      attentionNorm = try RMSNorm(scope["norm1"], width, epsilon: 1e-6)
      mlpNorm = try RMSNorm(scope["norm2"], width, epsilon: 1e-6)
      queryKeyValue = try Linear(
        scope["attn"]["qkv"], width, 3 * width, initializer: initializer)
      output = try Linear(scope["attn"]["proj"], width, width, initializer: initializer)
      mlp = try GatedMLP(
        scope["mlp"], width: width, inner: configuration.inner, bias: true,
        activation: configuration.activation, initializer: initializer)
    }

    /// - Parameters:
    ///   - x: `[tokens, width]`
    ///   - segments: lengths that add up to the tokens
    ///   - turns: rotary tables, each `[tokens, headDim]`
    func callAsFunction(
      _ x: Tensor, segments: [Segment], turns: (cosines: Tensor, sines: Tensor), probe: Probe
    ) throws -> Tensor {
      let tokens = x.shape[0]
      let parts = queryKeyValue(attentionNorm(x)).split(1, into: 3).map {
        $0.reshaped([1, tokens, heads, headDim])
      }
      let q = parts[0].rotated(cosines: turns.cosines, sines: turns.sines, layout: .halves)
      let k = parts[1].rotated(cosines: turns.cosines, sines: turns.sines, layout: .halves)
      try probe.record("queries", q)
      try probe.record("keys", k)
      let map =
        probe.wants("attention")
        ? AttentionMap(batch: 1, heads: heads, queries: tokens, keys: tokens) : nil
      let hidden = x + output(attend(q, k, parts[2], segments, map))
      if let map { try probe.record("attention", map.tensor()) }
      let result = hidden + mlp(mlpNorm(hidden))
      try probe.record("output", result.reshaped([1] + result.shape))
      return result
    }

    /// `[1, tokens, heads, headDim]` three times -> `[tokens, heads * headDim]`
    /// - Parameter map: gets the weights, each segment's in its own place
    private func attend(
      _ q: Tensor, _ k: Tensor, _ v: Tensor, _ segments: [Segment], _ map: AttentionMap?
    ) -> Tensor {
      var start = 0
      let parts = segments.map { segment in
        let range = start..<start + segment.length * segment.count
        start = range.upperBound
        func cut(_ x: Tensor) -> Tensor {
          (segments.count == 1 ? x : x.slice(1, range))
            .reshaped([segment.count, segment.length, heads, headDim])
        }
        let observer = map?.observer { index in
          let first = range.lowerBound + index * segment.length
          return (batch: 0, query: first, key: first)
        }
        return Tensor.attention(cut(q), cut(k), cut(v), observer: observer)
          .reshaped([range.count, heads * headDim])
      }
      return parts.count == 1 ? parts[0] : Tensor.concatenate(parts, axis: 0)
    }
  }
}
