import Capture
import Layers
import Tensors

/// Expert adaptive layer normalisation: text and vision share the norm and get shifts, scales and
/// gates of their own from the timestep (Yang et al., CogVideoX, section 2.2).
struct ExpertAdaptiveNorm: Sendable {
  private let linear: Linear
  private let norm: LayerNorm

  struct Output {
    let vision: Tensor  // [batch, visionTokens, width]
    let text: Tensor  // [batch, textTokens, width]
    let visionGate: Tensor  // [batch, 1, width]
    let textGate: Tensor  // [batch, 1, width]
  }

  init(_ scope: ParameterScope, _ configuration: CogVideoXConfiguration) throws {
    linear = try Linear(scope["linear"], configuration.timeEmbedDim, 6 * configuration.width)
    norm = try LayerNorm(
      scope["norm"], configuration.width, epsilon: configuration.normEpsilon,
      affine: configuration.normAffine)
  }

  /// - Parameter condition: silu of the timestep embedding, `[batch, timeEmbedDim]`
  func callAsFunction(vision: Tensor, text: Tensor, condition: Tensor) -> Output {
    let width = vision.extent(-1)
    let parts = linear(condition).reshaped([-1, 1, 6 * width]).split(2, into: 6)
    return Output(
      vision: norm(vision) * (parts[1] + 1) + parts[0],
      text: norm(text) * (parts[4] + 1) + parts[3],
      visionGate: parts[2], textGate: parts[5])
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
  ///   - vision: `[batch, visionTokens, width]`
  ///   - text: `[batch, textTokens, width]`
  ///   - memory: with cross-stream memory the second half of the batch is the reference of the
  ///     first: main rows attend to their own keys and then to their reference's, reference rows
  ///     only to themselves
  ///   - probe: is shown the activations of ``CogVideoXConfiguration/activations`` in this block
  func callAsFunction(
    vision: Tensor, text: Tensor, condition: Tensor, rotary: RotaryPositions?, memory: Bool,
    probe: Probe
  ) throws -> (vision: Tensor, text: Tensor) {
    let first = norm1(vision: vision, text: text, condition: condition)
    let joint = Tensor.concatenate([first.text, first.vision], axis: 1)
    let attended = try attend(
      joint, textTokens: text.shape[1], rotary: rotary, memory: memory, probe: probe)
    let textTokens = text.shape[1]
    let tokens = attended.shape[1]
    var vision = vision + first.visionGate * attended.slice(1, textTokens..<tokens)
    var text = text + first.textGate * attended.slice(1, 0..<textTokens)

    let second = norm2(vision: vision, text: text, condition: condition)
    let forwarded = feedForward(Tensor.concatenate([second.text, second.vision], axis: 1))
    vision = vision + second.visionGate * forwarded.slice(1, textTokens..<tokens)
    text = text + second.textGate * forwarded.slice(1, 0..<textTokens)
    try probe.record("output", vision)
    try probe.record("text", text)
    return (vision, text)
  }

  private func attend(
    _ joint: Tensor, textTokens: Int, rotary: RotaryPositions?, memory: Bool, probe: Probe
  ) throws -> Tensor {
    let (batch, tokens) = (joint.shape[0], joint.shape[1])
    let heads = [batch, tokens, configuration.heads, configuration.headDim]
    func placed(_ x: Tensor) -> Tensor {
      guard let rotary else { return x }
      let turned = x.slice(1, textTokens..<tokens).rotated(
        cosines: rotary.cosines, sines: rotary.sines, layout: .interleaved)
      return Tensor.concatenate([x.slice(1, 0..<textTokens), turned], axis: 1)
    }
    let q = placed(queryNorm(query(joint).reshaped(heads)))
    let k = placed(keyNorm(key(joint).reshaped(heads)))
    let v = value(joint).reshaped(heads)
    guard memory else {
      let mixed = try probe.attention(q, k, v)
      return output(mixed.reshaped([batch, tokens, configuration.width]))
    }
    try probe.record("queries", q)
    try probe.record("keys", k)
    let half = batch / 2
    func main(_ x: Tensor) -> Tensor { x.slice(0, 0..<half) }
    func reference(_ x: Tensor) -> Tensor { x.slice(0, half..<batch) }
    let recalled = try probe.attentionAlone(
      main(q), Tensor.concatenate([main(k), reference(k)], axis: 1),
      Tensor.concatenate([main(v), reference(v)], axis: 1))
    let own = Tensor.attention(reference(q), reference(k), reference(v))
    let mixed = Tensor.concatenate([recalled, own], axis: 0)
    return output(mixed.reshaped([batch, tokens, configuration.width]))
  }
}
