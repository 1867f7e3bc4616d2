import Layers
import Tensors

/// Shown the queries and keys of one layer's joint attention, after normalisation and positions,
/// `[batch, textTokens + visionTokens, heads, headDim]`. Attention maps follow from these alone, so
/// recording them changes no bit of the output and grows with the tokens, not with their square.
public typealias AttentionRecorder = (_ layer: Int, _ queries: Tensor, _ keys: Tensor) -> Void

/// CogVideoX's diffusion transformer (Yang et al., 2024), `CogVideoXTransformer3DModel`.
public final class CogVideoXTransformer: Sendable {
  public let configuration: CogVideoXConfiguration
  public let store: ParameterStore
  private let patchWeight: Parameter
  private let patchBias: Parameter?
  private let textProjection: Linear
  private let timeEmbedding: TimestepEmbedding
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
    let fanIn = configuration.inChannels * patch * patch
    patchWeight = try root["patch_embed"]["proj"].parameter(
      "weight", [width, configuration.inChannels, patch, patch], .uniformFanIn(fanIn))
    patchBias =
      configuration.patchBias
      ? try root["patch_embed"]["proj"].parameter("bias", [width], .uniformFanIn(fanIn)) : nil
    textProjection = try Linear(
      root["patch_embed"]["text_proj"], configuration.textEmbedDim, width)
    timeEmbedding = try TimestepEmbedding(root["time_embedding"], configuration)
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
      root["proj_out"], width, patch * patch * configuration.outChannels)
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
        (bias + 2 * width).update(repeating: 1, count: width)
        (bias + 5 * width).update(repeating: 1, count: width)
      }
    }
  }

  public struct Output {
    /// The prediction (v for CogVideoX), `[batch, frames, channels, height, width]`.
    public let sample: Tensor
    /// The text stream after the last block, `[batch, textTokens, width]`.
    public let text: Tensor
  }

  /// - Parameters:
  ///   - hiddenStates: `[batch, frames, channels, height, width]` (the VAE has channels first)
  ///   - text: `[batch, textTokens, textEmbedDim]`
  ///   - timesteps: one for each row of the batch
  ///   - rotary: positions of the vision tokens; none means none, as in the reference
  ///   - memory: see ``CogVideoXBlock``
  public func callAsFunction(
    _ hiddenStates: Tensor, text: Tensor, timesteps: [Float], rotary: RotaryPositions?,
    memory: Bool = false, recorder: AttentionRecorder? = nil
  ) -> Output {
    let shape = hiddenStates.shape
    precondition(
      shape.count == 5 && shape[2] == configuration.inChannels && text.shape[0] == shape[0]
        && timesteps.count == shape[0] && (!memory || shape[0] % 2 == 0),
      "CogVideoX: latents \(shape), text \(text.shape), \(timesteps.count) timesteps")
    let condition = configuration.timestepActivation(timeEmbedding(timesteps))
    var vision = patches(hiddenStates).linear(
      patchWeight.tensor.reshaped([configuration.width, -1]), patchBias?.tensor)
    var text = textProjection(text)
    for (layer, block) in blocks.enumerated() {
      let record = recorder.map { recorder in { recorder(layer, $0, $1) } }
      (vision, text) = block(
        vision: vision, text: text, condition: condition, rotary: rotary, memory: memory,
        recorder: record)
    }
    let width = configuration.width
    let parts = modulationOut(condition).reshaped([-1, 1, 2 * width]).split(2, into: 2)
    let modulated = normOut(normFinal(vision)) * (parts[1] + 1) + parts[0]
    return Output(sample: unpatched(projectionOut(modulated), like: shape), text: text)
  }

  /// `[batch, frames, channels, height, width]` -> `[batch, tokens, channels * patch * patch]`,
  /// tokens frame by frame and row by row.
  private func patches(_ x: Tensor) -> Tensor {
    let (b, f, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3], x.shape[4])
    let p = configuration.patchSize
    precondition(h % p == 0 && w % p == 0, "latents \(x.shape) in patches of \(p)")
    return x.reshaped([b, f, c, h / p, p, w / p, p]).permuted([0, 1, 3, 5, 2, 4, 6])
      .reshaped([b, f * (h / p) * (w / p), c * p * p])
  }

  private func unpatched(_ x: Tensor, like shape: [Int]) -> Tensor {
    let (b, f, h, w) = (shape[0], shape[1], shape[3], shape[4])
    let p = configuration.patchSize
    let c = configuration.outChannels
    return x.reshaped([b, f, h / p, w / p, c, p, p]).permuted([0, 1, 4, 2, 5, 3, 6])
      .reshaped([b, f, c, h, w])
  }
}
