import Checkpoints
import Diagnostics
import Experiments
import Foundation
import JSON
import MotionEnhancer
import Reporting
import Tensors
import Video
import VideoDiffusion
import VideoIO

/// `merepl extract`: the motion prior of any video file under a sentence.
public struct ExtractCommand: Sendable {
  public var video: String
  public var text: String
  /// The safetensors file to write.
  public var output: String
  /// An mp4 to write with the map of `words` over the frames.
  public var overlay: String?
  /// Words whose map is shown; if empty, those selected by MTTI.
  public var words: [String] = []
  public var steps = 5
  public var guidance: Float = 6
  public var keep = 0.5
  public var seed = 0
  /// A directory with a diffusion pipeline in diffusers' layout; ``miniModel`` if nil.
  public var model: String?
  /// The size that the clip is resized to; the model's own if nil.
  public var frames: Int?
  public var height: Int?
  public var width: Int?

  /// The shipped mini model whose words find their objects.
  public static let miniModel = "cogvideox-mini-grounded"

  public init(video: String, text: String, output: String) {
    self.video = video
    self.text = text
    self.output = output
  }

  /// Throws if `video` cannot be read repeatedly.
  public static func check(video: String) throws { try VideoReader.check(video) }

  /// - Parameter shippedModels: the folder that has ``miniModel``
  public func run(shippedModels: String, progress: ProgressDisplay) throws -> ExtractSummary {
    try Self.check(video: video)
    let folder = self.model ?? "\(shippedModels)/\(Self.miniModel)"
    let model = try VideoDiffusionModel(directory: folder)
    for warning in model.warnings { progress.message("warning: \(warning)") }
    var size = model.clipSize
    size.frames = frames ?? size.frames
    size.height = height ?? size.height
    size.width = width ?? size.width
    try model.check(size)
    try MemoryEstimate.require(
      Self.leastMemory(size, of: model, steps: steps),
      for: "extracting from \(size.frames) frames of \(size.width)x\(size.height)",
      suggestion: "use a smaller --size or fewer --frames, or allow more memory with "
        + "\(MemoryBudget.variable)=64G")
    let (times, report) = try VideoReader.timeline(video)
    progress.warn(report)
    let plan = try overlay.map { try OverlayPlan($0, times: times, report: report) }
    for warning in plan?.warnings ?? [] { progress.message("warning: \(warning)") }
    let clip = try VideoReader.read(
      video, frames: FrameSampling.uniform(min(size.frames, times.count), of: times.count)
    ).clip
    var options = ExtractionOptions()
    options.inversion = InversionOptions(steps: steps, guidance: guidance)
    let latents = encode(clip, model, size)
    try checkCancellation()
    var extraction = PriorExtraction(model, options: options)
    extraction.releasesWeights = true
    let step = progress.begin("extracting", total: extraction.work, unit: "parts")
    let prior: MotionPrior
    do {
      defer { step.end() }
      prior = try extraction.prior(
        latents: latents, text: text, key: StreamKey(seed: seed, command: "extract")
      ) { done in
        try checkCancellation()
        if done > 0 { step.advance(by: done) }
      }
    }
    let result = Result(prior, text: SentenceWords(text, prior.tokens), keep: keep, words: words)
    for word in result.text.spelledOut {
      progress.message(
        "warning: the model has no token for \"\(word)\" and splits it into letters")
    }
    try UnchangedInputs.require()
    try SafetensorsWriter.write(
      result.entries,
      metadata: result.metadata(
        text: text, steps: steps, model: self.model == nil ? Self.miniModel : folder),
      to: output)
    if let plan { try draw(result, plan, progress) }
    return result.summary(report, self)
  }

  /// The clip's latents. What only the autoencoder needed leaves memory.
  private func encode(_ clip: Clip, _ model: VideoDiffusionModel, _ size: ClipSize) -> Tensor {
    let latents = withoutGradients { model.latents(clip, size: size) }
    model.vae.store.releasePages()
    TensorStorage.trimHeap()
    return latents
  }
}

extension ExtractCommand {
  /// A prior with what MHS and MTTI choose in it.
  struct Result {
    let prior: MotionPrior
    let text: SentenceWords
    let selection: MotionSelection
    /// Mean map of the words to show, `[visionTokens]`.
    let shownMap: [Float]

    init(_ prior: MotionPrior, text: SentenceWords, keep: Double, words: [String]) {
      self.prior = prior
      self.text = text
      selection = MotionSelection(prior, keep: keep)
      let asked = text.tokens(of: words)
      shownMap =
        selection.map.rows(asked.isEmpty ? selection.tokens : asked)
        .mean(axes: [0]).values
    }

    static func word(_ token: PriorToken) -> String {
      token.text.trimmingCharacters(in: .whitespaces)
    }

    var entries: [SafetensorsWriter.Entry] {
      let (scores, motion) = (selection.headScores, selection.motionScores)
      let (heads, tokens) = (selection.heads, selection.tokens)
      return [
        .init("text_to_vision", prior.textToVision), .init("aggregated", selection.map),
        .init("target", selection.target),
        .init(
          "head_metrics",
          Tensor(
            shape: [prior.heads, 3],
            values: prior.metrics.flatMap {
              [Float($0.focus), Float($0.continuity), Float($0.saliency)]
            })),
        .init("head_scores", Tensor(shape: [scores.count], values: scores.map { Float($0) })),
        .init("motion_scores", Tensor(shape: [motion.count], values: motion.map { Float($0) })),
        .init("selected_heads", shape: [heads.count], integers: heads),
        .init("selected_tokens", shape: [tokens.count], integers: tokens),
      ]
    }

    func metadata(text: String, steps: Int, model: String) -> [String: String] {
      let grid = prior.grid
      return [
        "text": text, "tokens": prior.tokens.map(Self.word).joined(separator: "\n"),
        "grid": "frames \(grid.frames), height \(grid.height), width \(grid.width)",
        "steps": "\(steps)", "model": model, "precision": Precision.current.rawValue,
      ]
    }

    func summary(_ report: DecodeReport, _ command: ExtractCommand) -> ExtractSummary {
      ExtractSummary(
        output: command.output, overlay: command.overlay, frames: report.decodedFrames,
        codec: report.codec, heads: selection.heads, headCount: prior.heads,
        words: text.words(of: selection.tokens), error: prior.reconstructionError,
        tensors: entries.map { ($0.name, $0.elementType.rawValue, $0.shape) })
    }
  }
}
