import Checkpoints
import Layers
import ScriptInterpreter
import Tensors
import VisionLanguage

/// `InternVLForConditionalGeneration` and the authors' `InternVLChatModel`: token ids with tiles to
/// logits and loss. The frames of a video are tiles.
struct InternVLForward: ForwardModel {
  static let classNames = ["InternVLForConditionalGeneration", "InternVLChatModel"]

  private let model: InternVL.Model
  var store: ParameterStore { model.store }

  static func inputs(of folder: ModelFolder, names: [String]) throws -> [InputDescription] {
    try requireWhole(folder)
    return PaddedText.inputs + [
      .init(
        name: "pixel_values",
        contents: "[tiles, channels, height, width], the tiles of all images and frames")
    ]
  }

  init(_ folder: ModelFolder, _ weights: CheckpointDirectory, options: ForwardOptions) throws {
    if let name = options.textPosition {
      throw CommandError(
        "--mrope \(name): \(folder.className) has plain positions",
        suggestion: "leave out --mrope", exitCode: 64)
    }
    model = try InternVL.Model(weights)
  }

  func run(_ inputs: ForwardInputs, _ request: ForwardRequest) throws -> ForwardOutputs {
    let text = try PaddedText(inputs)
    let batch = try InternVL.PaddedBatch(
      model.configuration, ids: text.ids, mask: text.mask, labels: text.labels,
      pixels: inputs.tensorIfPresent(
        "pixel_values", shape: [nil, nil, nil, nil], "[tiles, channels, height, width]"))
    return try text.run(batch.samples, through: model, request)
  }
}
