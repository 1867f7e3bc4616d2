import Capture
import Checkpoints
import Diagnostics
import JSON
import Layers
import Tensors
import VisionLanguage

/// `InternVLForConditionalGeneration` and the authors' `InternVLChatModel`: token ids with tiles to
/// logits and loss. The frames of a video are tiles.
struct InternVLForward: ForwardModel {
  static let classNames = ["InternVLForConditionalGeneration", "InternVLChatModel"]
  static let options: Set<ForwardOption> = [.v2pe]

  private let model: InternVL.Model
  var store: ParameterStore { model.store }

  static func inputs(of folder: ModelFolder, names: [String]) throws -> [InputDescription] {
    try requireWhole(folder)
    return PaddedText.inputs + [
      .init(
        name: "pixel_values",
        contents: "[tiles, channels, height, width], tiles of all images and frames")
    ]
  }

  static func activations(_ configuration: JSONNode) throws -> ActivationTable {
    try InternVL.Configuration(configuration).activations
  }

  init(_ folder: ModelFolder, _ weights: CheckpointDirectory, options: ForwardOptions) throws {
    var configuration = try InternVL.Configuration(weights.configuration())
    if let step = options.visionStep {
      guard step > 0, step <= 1, (1 / step).rounded() == 1 / step, step > 1e-9 else {
        throw CommandError(
          "--v2pe \(step): expected 1/n for an integer n, such as 0.25", exitCode: 64)
      }
      configuration.positionUnit = Int(1 / step)
    }
    model = try InternVL.Model(configuration, weights: weights)
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
