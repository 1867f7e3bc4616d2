import Capture
import Checkpoints
import JSON
import Layers
import Tensors
import VideoDiffusion

/// `T5EncoderModel`: token ids to the last hidden states.
struct TextEncoderForward: ForwardModel {
  static let classNames = ["T5EncoderModel"]

  private let model: T5Encoder
  var store: ParameterStore { model.store }

  static func inputs(of folder: ModelFolder, names: [String]) throws -> [InputDescription] {
    try requireWhole(folder)
    return [
      .init(name: "input_ids", contents: "[batch, tokens] integers", isRequired: true),
      .init(name: "attention_mask", contents: "[batch, tokens], 0 for padding"),
      .init(name: "cotangent", contents: "same shape as last_hidden_state"),
    ]
  }

  static func activations(_ configuration: JSONNode) throws -> ActivationTable {
    try T5Configuration(configuration).activations
  }

  init(_ folder: ModelFolder, _ weights: CheckpointDirectory, options: ForwardOptions) throws {
    model = try T5Encoder(weights)
  }

  func run(_ inputs: ForwardInputs, _ request: ForwardRequest) throws -> ForwardOutputs {
    let ids = try inputs.rows("input_ids", shape: [nil, nil], "[batch, tokens] integers")
    let mask = try inputs.mask("attention_mask", batch: ids.count, tokens: ids[0].count)
    var outputs = ForwardOutputs()
    let hidden = try model(ids, visible: mask, probe: request.probe(into: outputs))
    outputs.tensors = [("last_hidden_state", hidden)]
    outputs.gradients = try inputs.gradients(of: hidden, named: "last_hidden_state", request)
    return outputs
  }
}
