import Capture
import Layers
import Tensors

/// The tokens of a batch as rows: first the text, then the vision of each sample.
struct JointTokens: Sendable {
  let batch: Int
  let text: Int
  let vision: Int
  /// Text and vision of each sample.
  let groups: RowGroups

  init(batch: Int, text: Int, vision: Int) {
    (self.batch, self.text, self.vision) = (batch, text, vision)
    groups = RowGroups((0..<batch).flatMap { _ in [text, vision] })
  }

  var perSample: Int { text + vision }
  /// The first half of the batch.
  var half: JointTokens { JointTokens(batch: batch / 2, text: text, vision: vision) }
}

/// Expert adaptive layer normalisation: text and vision share the norm and get shifts, scales and
/// gates of their own from the timestep (Yang et al., CogVideoX, section 2.2).
struct ExpertAdaptiveNorm: Sendable {
  private let linear: Linear
  private let norm: LayerNorm

  init(_ scope: ParameterScope, _ configuration: CogVideoXConfiguration) throws {
    linear = try Linear(scope["linear"], configuration.timeEmbedDim, 6 * configuration.width)
    norm = try LayerNorm(
      scope["norm"], configuration.width, epsilon: configuration.normEpsilon,
      affine: configuration.normAffine)
  }

  /// - Parameters:
  ///   - joint: `[batch, textTokens + visionTokens, width]`
  ///   - condition: silu of the timestep embedding, `[batch, timeEmbedDim]`
  /// - Returns: the rows with their norm, and gates `[2 batch, width]` for text and vision of each
  ///   sample
  func callAsFunction(
    _ joint: Tensor, _ tokens: JointTokens, condition: Tensor
  ) -> (normed: Tensor, gates: Tensor) {
    let width = joint.extent(-1)
    // Shift, scale and gate of vision, then of text.
    let parts = linear(condition).reshaped([6 * tokens.batch, width])
    func part(_ index: Int) -> Tensor {
      parts.rows((0..<tokens.batch).flatMap { [6 * $0 + 3 + index, 6 * $0 + index] })
    }
    return (norm(joint, shift: part(0), scale: part(1), groups: tokens.groups), part(2))
  }
}

/// One transformer block: joint attention over [text; vision], then a feed-forward network.
struct CogVideoXBlock: Sendable {
  private let norm1: ExpertAdaptiveNorm
  private let norm2: ExpertAdaptiveNorm
  private let query: Linear
  private let key: Linear
  private let value: Linear
  private let output: Linear
  private let queryNorm: LayerNorm
  private let keyNorm: LayerNorm
  private let feedForward: FeedForward
  private let configuration: CogVideoXConfiguration

  init(_ scope: ParameterScope, _ configuration: CogVideoXConfiguration) throws {
    self.configuration = configuration
    let (width, bias) = (configuration.width, configuration.attentionBias)
    let attention = scope["attn1"]
    norm1 = try ExpertAdaptiveNorm(scope["norm1"], configuration)
    queryNorm = try LayerNorm(attention["norm_q"], configuration.headDim, epsilon: 1e-6)
    keyNorm = try LayerNorm(attention["norm_k"], configuration.headDim, epsilon: 1e-6)
    query = try Linear(attention["to_q"], width, width, bias: bias)
    key = try Linear(attention["to_k"], width, width, bias: bias)
    value = try Linear(attention["to_v"], width, width, bias: bias)
    output = try Linear(attention["to_out"][0], width, width)
    norm2 = try ExpertAdaptiveNorm(scope["norm2"], configuration)
    feedForward = try FeedForward(scope["ff"], width: width, kind: configuration.feedForward)
  }

  /// - Parameters:
  ///   - joint: `[batch, textTokens + visionTokens, width]`
  ///   - rotary: tables for all tokens, see ``RotaryPositions/afterText(_:)``
  ///   - memory: with cross-stream memory the second half of the batch is the reference of the
  ///     first: main rows attend to their own keys and then to their reference's, reference rows
  ///     only to themselves. Where it ends, only main rows are returned.
  ///   - probe: is shown the activations of ``CogVideoXConfiguration/activations`` in this block
  func callAsFunction(
    _ joint: Tensor, _ tokens: JointTokens, condition: Tensor, rotary: RotaryPositions?,
    memory: CrossStreamMemory, probe: Probe
  ) throws -> Tensor {
    let first = norm1(joint, tokens, condition: condition)
    let attended = try attend(first.normed, rotary: rotary, memory: memory, probe: probe)
    guard memory == .ending else {
      return try finish(
        joint, attended, gates: first.gates, tokens, condition: condition, probe: probe)
    }
    let main = tokens.half
    return try finish(
      joint.slice(0, 0..<main.batch), attended, gates: first.gates.slice(0, 0..<2 * main.batch),
      main, condition: condition.slice(0, 0..<main.batch), probe: probe)
  }

  /// The residual sum of the attention, and the feed-forward network.
  private func finish(
    _ joint: Tensor, _ attended: Tensor, gates: Tensor, _ tokens: JointTokens, condition: Tensor,
    probe: Probe
  ) throws -> Tensor {
    let between = joint.adding(attended, gates: gates, groups: tokens.groups)
    let second = norm2(between, tokens, condition: condition)
    let result = between.adding(
      feedForward(second.normed), gates: second.gates, groups: tokens.groups)
    try probe.record("output", result.slice(1, tokens.text..<tokens.perSample))
    try probe.record("text", result.slice(1, 0..<tokens.text))
    return result
  }

  private func attend(
    _ joint: Tensor, rotary: RotaryPositions?, memory: CrossStreamMemory, probe: Probe
  ) throws -> Tensor {
    let (batch, tokens) = (joint.shape[0], joint.shape[1])
    let heads = [-1, tokens, configuration.heads, configuration.headDim]
    func placed(_ x: Tensor) -> Tensor {
      guard let rotary else { return x }
      return x.rotated(cosines: rotary.cosines, sines: rotary.sines, layout: .interleaved)
    }
    let asking = memory == .ending ? joint.slice(0, 0..<batch / 2) : joint
    let q = placed(queryNorm(query(asking).reshaped(heads)))
    let k = placed(keyNorm(key(joint).reshaped(heads)))
    let v = value(joint).reshaped(heads)
    guard memory != .none else {
      let mixed = try probe.attention(q, k, v)
      return output(mixed.reshaped([batch, tokens, configuration.width]))
    }
    try probe.record("queries", q)
    try probe.record("keys", k)
    let half = batch / 2
    if half == 1 && !probe.wants("attention") && [q, k, v].allSatisfy({ $0.gradientNode == nil }) {
      let mixed = Tensor.attentionBesideReference(q, k, v)
      return output(mixed.reshaped([-1, tokens, configuration.width]))
    }
    func main(_ x: Tensor) -> Tensor { x.slice(0, 0..<half) }
    func reference(_ x: Tensor) -> Tensor { x.slice(0, half..<batch) }
    let recalled = try probe.attentionAlone(
      main(q), Tensor.concatenate([main(k), reference(k)], axis: 1),
      Tensor.concatenate([main(v), reference(v)], axis: 1))
    if memory == .ending { return output(recalled.reshaped([half, tokens, configuration.width])) }
    let own = Tensor.attention(reference(q), reference(k), reference(v))
    let mixed = Tensor.concatenate([recalled, own], axis: 0)
    return output(mixed.reshaped([batch, tokens, configuration.width]))
  }
}

/// Whether the second half of a batch is the reference of the first.
enum CrossStreamMemory {
  case none
  case whole
  /// In the last block, after which nobody needs the reference: it gives its keys and values.
  case ending
}
