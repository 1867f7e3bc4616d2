import Capture
import Layers
import Tensors

/// CogVideoX's diffusion transformer (Yang et al., 2024), `CogVideoXTransformer3DModel`.
public final class CogVideoXTransformer: Sendable {
  public let configuration: CogVideoXConfiguration
  public let store: ParameterStore
  private let patchEmbedding: PatchEmbedding
  private let timeEmbedding: TimestepEmbedding
  private let offsetEmbedding: TimestepEmbedding?
  private let blocks: [CogVideoXBlock]
  private let normFinal: LayerNorm
  private let normOut: LayerNorm
  private let modulationOut: Linear
  private let projectionOut: Linear

  public init(_ configuration: CogVideoXConfiguration, source: ParameterSource) throws {
    self.configuration = configuration
    store = ParameterStore(source)
    let root = store.root
    let (width, patch) = (configuration.width, configuration.patchSize)
    patchEmbedding = try PatchEmbedding(root["patch_embed"], configuration)
    timeEmbedding = try TimestepEmbedding(
      root["time_embedding"], features: width, width: configuration.timeEmbedDim, configuration)
    offsetEmbedding = try configuration.offsetEmbedDim.map {
      try TimestepEmbedding(root["ofs_embedding"], features: $0, width: $0, configuration)
    }
    blocks = try (0..<configuration.layers).map {
      try CogVideoXBlock(root["transformer_blocks"][$0], configuration)
    }
    normFinal = try LayerNorm(
      root["norm_final"], width, epsilon: configuration.normEpsilon,
      affine: configuration.normAffine)
    modulationOut = try Linear(
      root["norm_out"]["linear"], configuration.timeEmbedDim, 2 * width)
    normOut = try LayerNorm(
      root["norm_out"]["norm"], width, epsilon: configuration.normEpsilon,
      affine: configuration.normAffine)
    projectionOut = try Linear(
      root["proj_out"], width,
      patch * patch * (configuration.framePatch ?? 1) * configuration.outChannels)
    if case .random = source { patchEmbedding.resetLearnedPositions() }
  }

  /// Sets the bias of every residual gate to 1. From the usual first values gates are nearly shut,
  /// and short training spends most of its steps on opening them.
  public func openGates() {
    let width = configuration.width
    for parameter in store.parameters
    where parameter.name.hasPrefix("transformer_blocks.")
      && parameter.name.hasSuffix(".linear.bias")
    {
      parameter.update { bias in
        bias.fill(2 * width..<3 * width, with: 1)
        bias.fill(5 * width..<6 * width, with: 1)
      }
    }
  }

  public struct Output {
    /// The prediction (v for CogVideoX), `[batch, frames, channels, height, width]`; with memory
    /// that of the first half of the batch.
    public let sample: Tensor
    /// The text stream after the last block, `[batch, textTokens, width]`.
    public let text: Tensor
  }

  /// - Parameters:
  ///   - hiddenStates: `[batch, frames, channels, height, width]` (the VAE has channels first)
  ///   - text: `[batch, tokens, channels]`
  ///   - timesteps: one for each row of the batch
  ///   - offsets: `ofs` of the image-to-video models of 1.5, like the timesteps
  ///   - rotary: positions of the vision tokens; nil for none, as in the reference
  ///   - memory: see ``CogVideoXBlock``
  public func callAsFunction(
    _ hiddenStates: Tensor, text: Tensor, timesteps: [Float], offsets: [Float]? = nil,
    rotary: RotaryPositions?, memory: Bool = false
  ) -> Output {
    Probe.unused {
      try self(
        hiddenStates, text: text, timesteps: timesteps, offsets: offsets, rotary: rotary,
        memory: memory, probe: $0)
    }
  }

  /// As above.
  /// - Parameters:
  ///   - probe: is shown the activations of ``CogVideoXConfiguration/activations``
  ///   - afterLayer: called after every block; throws to stop
  public func callAsFunction(
    _ hiddenStates: Tensor, text: Tensor, timesteps: [Float], offsets: [Float]? = nil,
    rotary: RotaryPositions?, memory: Bool = false, probe: Probe,
    afterLayer: (_ layer: Int) throws -> Void = { _ in }
  ) throws -> Output {
    let shape = hiddenStates.shape
    precondition(
      shape.count == 5 && shape[2] == configuration.inChannels && text.shape[0] == shape[0]
        && timesteps.count == shape[0] && (!memory || shape[0] % 2 == 0)
        && (offsets == nil) == (offsetEmbedding == nil),
      "CogVideoX: latents \(shape), text \(text.shape), \(timesteps.count) timesteps")
    var embedding = timeEmbedding(timesteps)
    if let offsetEmbedding, let offsets { embedding = embedding + offsetEmbedding(offsets) }
    // The function inside the embeddings can be chosen; that of the norms is always SiLU.
    var condition = embedding.silu()
    let embedded = patchEmbedding(hiddenStates, text: text)
    try probe["embeddings"].record("output", embedded.vision)
    try probe["embeddings"].record("text", embedded.text)
    let tokens = JointTokens(
      batch: shape[0], text: embedded.text.shape[1], vision: embedded.vision.shape[1])
    let places = rotary?.afterText(tokens.text)
    var joint = Tensor.concatenate([embedded.text, embedded.vision], axis: 1)
    let inside = probe["blocks"]
    for (layer, block) in blocks.enumerated() {
      let isLast = layer == blocks.count - 1
      joint = try block(
        joint, tokens, condition: condition, rotary: places,
        memory: !memory ? .none : isLast ? .ending : .whole, probe: inside[layer])
      try afterLayer(layer)
    }
    let batch = memory ? shape[0] / 2 : shape[0]
    if memory {
      joint = joint.slice(0, 0..<batch)
      condition = condition.slice(0, 0..<batch)
    }
    let vision = joint.slice(1, tokens.text..<tokens.perSample)
    let textAfter = joint.slice(1, 0..<tokens.text)
    let width = configuration.width
    let parts = modulationOut(condition).reshaped([2 * batch, width])
    func part(_ index: Int) -> Tensor { parts.rows((0..<batch).map { 2 * $0 + index }) }
    let modulated = normOut(
      normFinal(vision), shift: part(0), scale: part(1),
      groups: RowGroups([Int](repeating: tokens.vision, count: batch)))
    try probe["norm"].record("output", modulated)
    return Output(
      sample: unpatched(projectionOut(modulated), like: [batch] + shape.dropFirst()),
      text: textAfter)
  }

  /// Tokens back to `[batch, frames, channels, height, width]`.
  private func unpatched(_ x: Tensor, like shape: [Int]) -> Tensor {
    let (p, t, c) = (
      configuration.patchSize, configuration.framePatch ?? 1, configuration.outChannels
    )
    let (b, f, h, w) = (shape[0], shape[1] / t, shape[3] / p, shape[4] / p)
    if t == 1 {
      return x.reshaped([b, f, h, w, c, p, p]).permuted([0, 1, 4, 2, 5, 3, 6])
        .reshaped([b, f, c, h * p, w * p])
    }
    return x.reshaped([b, f, h, w, c, t, p, p]).permuted([0, 1, 5, 4, 2, 6, 3, 7])
      .reshaped([b, f * t, c, h * p, w * p])
  }
}
