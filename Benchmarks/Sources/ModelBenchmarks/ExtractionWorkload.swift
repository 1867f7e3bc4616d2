import Checkpoints
import MotionEnhancer
import Ranks
import Tensors
import Video
import VideoDiffusion

/// Motion priors of clips with default options: 5 steps, guidance 6, cross-stream memory.
struct ExtractionWorkload {
  static let clips = 8
  private static let frameSide = 24
  private static let textTokens = 12

  private struct Clip {
    let latents: Tensor  // [1, frames, channels, height, width]
    let text: String
    let ids: [Int]
  }

  private let model: VideoDiffusionModel
  private let extraction: PriorExtraction
  private let inputs: [Clip]

  init(_ models: MiniModels) throws {
    model = try models.diffusion()
    extraction = PriorExtraction(model, options: ExtractionOptions())
    inputs = try (0..<Self.clips).map { index in
      let (text, ids) = try models.text(tokens: Self.textTokens, index: index)
      return Clip(
        latents: MiniModels.latents(side: Self.frameSide, index: index), text: text, ids: ids)
    }
  }

  /// The clip's prior; noise of its own is not used, as reconstruction starts from the inversion.
  private func prior(_ clip: Clip) throws -> MotionPrior {
    try extraction.prior(latents: clip.latents, text: clip.text, key: MiniModels.key)
  }

  /// Operations in the products of one clip's passes: 5 of one stream in the inversion, and in the
  /// reconstruction 5 with and 5 without the text, each beside its reference.
  func operations() -> Double {
    let (configuration, latents) = (model.transformer.configuration, inputs[0].latents.shape)
    func pass(_ textTokens: Int, references: Int) -> Double {
      DiffusionOperations(
        configuration, latents: latents, textTokens: textTokens, references: references
      ).forward
    }
    let empty = model.tokens("").ids.count
    let steps = Double(ExtractionOptions().inversion.steps)
    return steps
      * (pass(empty, references: 0) + pass(Self.textTokens, references: 1)
        + pass(empty, references: 1))
  }

  /// One clip on one thread.
  func measureClip(repeats: Int) throws -> Measurement {
    Workers.defaultCount = 1
    return .time(
      .extraction, per: "clip", threads: 1,
      try Timing.measure(repeats: repeats) { _ = try prior(inputs[0]) })
  }

  /// All clips, as many at a time as there are threads.
  func measureClips(threads: Int, repeats: Int) throws -> Measurement {
    Workers.defaultCount = threads
    return .rate(
      .extractionRate, unit: "clips/s", amount: Double(Self.clips), threads: threads,
      try Timing.measure(repeats: repeats) {
        _ = try Workers.map(inputs.count) { try prior(inputs[$0]) }
      })
  }

  /// The first clip's head metrics, compared with plain ones on whole attention maps.
  /// - Returns: metrics by name, one number for each head, and the reconstruction error
  func check() throws -> [String: [Double]] {
    let clip = inputs[0]
    let found = try prior(clip)
    let plain = try PlainPrior(
      model, latents: clip.latents, text: clip.ids, emptyText: model.tokens("").ids,
      grid: found.grid)
    for head in 0..<found.heads {
      let map = plain.map(head: head)
      let metrics = plain.metrics(of: map)
      let names: [(String, KeyPath<HeadMetrics, Double>)] = [
        ("focus", \.focus), ("continuity", \.continuity), ("saliency", \.saliency),
      ]
      for (name, path) in names {
        try BenchmarkError.require(
          "\(name) of head \(head)", found.metrics[head][keyPath: path],
          equals: metrics[keyPath: path], within: 1e-3)
      }
      for token in 0..<Self.textTokens {
        for vision in stride(from: 0, to: found.grid.count, by: 7) {
          try BenchmarkError.require(
            "attention of head \(head) from word \(token) to place \(vision)",
            Double(found.textToVision[head, token, vision]),
            equals: map[token][Self.textTokens + vision], within: 1e-5)
        }
      }
    }
    return [
      "extraction focus": found.metrics.map(\.focus),
      "extraction continuity": found.metrics.map(\.continuity),
      "extraction saliency": found.metrics.map(\.saliency),
      "extraction reconstruction error": [found.reconstructionError],
    ]
  }

  /// Inputs for `reference.py`; the weights are those of the VDM's training.
  func export(to folder: String) throws {
    let empty = model.tokens("").ids
    try SafetensorsWriter.write(
      [
        .init("latents", Tensor.concatenate(inputs.map(\.latents), axis: 0)),
        .init(
          "ids", shape: [Self.clips, Self.textTokens], integers: inputs.flatMap(\.ids)),
        .init("empty-ids", shape: [1, empty.count], integers: empty),
      ], to: "\(folder)/extraction-inputs.safetensors")
  }
}
