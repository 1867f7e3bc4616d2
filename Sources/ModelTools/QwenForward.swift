import Capture
import Checkpoints
import Diagnostics
import JSON
import Layers
import Tensors
import Video
import VisionLanguage

/// `Qwen2_5_VLForConditionalGeneration`: token ids with images and videos to logits and loss.
struct QwenForward: ForwardModel {
  static let classNames = ["Qwen2_5_VLForConditionalGeneration"]
  static let options: Set<ForwardOption> = [.mrope]

  private let model: Qwen25VL.Model
  var store: ParameterStore { model.store }

  static func inputs(of folder: ModelFolder, names: [String]) throws -> [InputDescription] {
    try requireWhole(folder)
    return PaddedText.inputs + [
      .init(name: "pixel_values", contents: "[patches, values per patch] of all images"),
      .init(name: "image_grid_thw", contents: "[images, 3] integers"),
      .init(name: "pixel_values_videos", contents: "[patches, values per patch] of all videos"),
      .init(name: "video_grid_thw", contents: "[videos, 3] integers"),
      .init(name: "second_per_grid_ts", contents: "[videos], seconds per temporal step, or 1"),
    ]
  }

  static func activations(_ configuration: JSONNode) throws -> ActivationTable {
    try Qwen25VL.Configuration(configuration).activations
  }

  init(_ folder: ModelFolder, _ weights: CheckpointDirectory, options: ForwardOptions) throws {
    var configuration = try Qwen25VL.Configuration(weights.configuration())
    if let name = options.textPosition {
      guard let rule = Qwen25VL.TextPosition(rawValue: name) else {
        let known = Qwen25VL.TextPosition.allCases.map(\.rawValue).joined(separator: ", ")
        throw CommandError("--mrope \(name): unknown rule; known: \(known)", exitCode: 64)
      }
      configuration.textPosition = rule
    }
    model = try Qwen25VL.Model(configuration, weights: weights)
  }

  func run(_ inputs: ForwardInputs, _ request: ForwardRequest) throws -> ForwardOutputs {
    let text = try PaddedText(inputs)
    let batch = try Qwen25VL.PaddedBatch(
      model.configuration, ids: text.ids, mask: text.mask, labels: text.labels,
      images: try visuals(inputs, "pixel_values", "image_grid_thw"),
      videos: try visuals(
        inputs, "pixel_values_videos", "video_grid_thw", seconds: "second_per_grid_ts"))
    return try text.run(batch.samples, through: model, request)
  }

  /// The images or the videos of the whole batch, in order.
  private func visuals(
    _ inputs: ForwardInputs, _ values: String, _ grids: String, seconds: String? = nil
  ) throws -> [VisionInput] {
    guard inputs.has(values) || inputs.has(grids) else {
      if let seconds, inputs.has(seconds) {
        throw inputs.unfit(seconds, expected: "both \(grids) and \(values)")
      }
      return []
    }
    let rows = try inputs.rows(
      grids, shape: [nil, 3], "[count, 3] integers: frames, height, width")
    // Larger grids do not exist, and their products would not fit into an integer.
    if let row = rows.first(where: { $0.contains { !(1...100_000).contains($0) } }) {
      throw inputs.unfit(
        grids, expected: "frames, height and width in patches, each 1 to 100000", found: "\(row)")
    }
    let given = seconds.flatMap { inputs.has($0) ? $0 : nil }
    let steps = try given.map { try inputs.numbers($0, batch: rows.count) }
    if let seconds, let wrong = steps?.first(where: { !(0...100_000).contains($0) }) {
      throw inputs.unfit(seconds, expected: "seconds, 0 to 100000", found: "\(wrong)")
    }
    let patches = rows.reduce(0) { CheckedSize.sum($0, $1.reduce(1, *)) }
    let expected = "[\(patches), values per patch], one row per patch of \(grids)"
    var items = try VisionInput.cutting(
      inputs.tensor(values, shape: [patches, nil], expected),
      grids: rows.map { TokenGrid(frames: $0[0], height: $0[1], width: $0[2]) },
      secondsPerStep: steps)
    if let given {
      let times = try times(inputs, given, rows.map { $0[0] })
      for index in items.indices { items[index].times = times[index] }
    }
    return items
  }

  /// Where the steps of each video stand in time: the number of the step times the seconds of one
  /// times `tokens_per_second`, in the type that the seconds are stored in, as in the reference.
  private func times(_ inputs: ForwardInputs, _ name: String, _ frames: [Int]) throws -> [[Int]] {
    let (seconds, round) = try inputs.exactNumbers(name, batch: frames.count)
    let perSecond = Double(model.configuration.vision.tokensPerSecond)
    return zip(frames, seconds).map { count, seconds in
      let interval = round(round(perSecond) * seconds)
      return (0..<count).map { Int(round(round(Double($0)) * interval)) }
    }
  }
}
