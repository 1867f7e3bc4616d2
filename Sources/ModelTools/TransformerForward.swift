import Capture
import Checkpoints
import JSON
import Layers
import Tensors
import VideoDiffusion

/// `CogVideoXTransformer3DModel`: one call of the diffusion transformer.
struct TransformerForward: ForwardModel {
  static let classNames = ["CogVideoXTransformer3DModel"]

  static let buffers: Set<String> = ["patch_embed.pos_embedding"]

  private let model: CogVideoXTransformer
  var store: ParameterStore { model.store }

  static func inputs(of folder: ModelFolder, names: [String]) throws -> [InputDescription] {
    try requireWhole(folder)
    return [
      .init(
        name: "hidden_states", contents: "[batch, frames, channels, height, width]",
        isRequired: true),
      .init(
        name: "encoder_hidden_states", contents: "[batch, tokens, channels] of the text",
        isRequired: true),
      .init(name: "timestep", contents: "one number or [batch]", isRequired: true),
      .init(name: "ofs", contents: "one number or [batch]"),
      .init(name: "image_rotary_emb.cos", contents: "[tokens, headDim]"),
      .init(name: "image_rotary_emb.sin", contents: "[tokens, headDim]"),
      .init(name: "cotangent", contents: "same shape as sample"),
    ]
  }

  static func activations(_ configuration: JSONNode) throws -> ActivationTable {
    try CogVideoXConfiguration(configuration).activations
  }

  init(_ folder: ModelFolder, _ weights: CheckpointDirectory, options: ForwardOptions) throws {
    model = try CogVideoXTransformer(weights)
  }

  func run(_ inputs: ForwardInputs, _ request: ForwardRequest) throws -> ForwardOutputs {
    let latents = try inputs.tensor("hidden_states", rank: 5)
    let batch = latents.shape[0]
    let arguments = CogVideoXInputs(
      hiddenStates: latents, text: try inputs.tensor("encoder_hidden_states", rank: 3),
      timesteps: try inputs.numbers("timestep", batch: batch),
      offsets: inputs.has("ofs") ? try inputs.numbers("ofs", batch: batch) : nil,
      rotary: try rotary(inputs))
    if let width = model.configuration.offsetEmbedDim, !inputs.has("ofs") {
      throw ForwardError.missing(
        "\(inputs.path): \"ofs\" is missing; the model needs it (ofs_embed_dim \(width))",
        suggestion: "add \"ofs\", one number or [\(batch)] numbers")
    }
    var outputs = ForwardOutputs()
    outputs.warnings = model.configuration.warnings
    let sample = try model(arguments, probe: request.probe(into: outputs)).sample
    outputs.tensors = [("sample", sample)]
    outputs.gradients = try inputs.gradients(of: sample, named: "sample", request)
    return outputs
  }

  private func rotary(_ inputs: ForwardInputs) throws -> RotaryPositions? {
    let (cos, sin) = ("image_rotary_emb.cos", "image_rotary_emb.sin")
    guard inputs.has(cos) || inputs.has(sin) else { return nil }
    return RotaryPositions(
      cosines: try inputs.tensor(cos, rank: 2), sines: try inputs.tensor(sin, rank: 2))
  }
}
