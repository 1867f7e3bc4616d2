import Checkpoints
import Experiments
import Foundation
import JSON
import MotionAlignment
import Reporting
import ScriptInterpreter
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
  /// Words whose map is shown; none means those that MTTI selects.
  public var words: [String] = []
  public var steps = 5
  public var guidance: Float = 6
  public var keep = 0.5
  public var seed = 0
  /// A folder with a diffusion pipeline in diffusers' layout; ``miniModel`` when nil.
  public var model: String?
  /// What the clip is brought to; the model's own sizes when nil.
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

  /// Throws where `video` leads to nothing that can be read as often as it takes.
  public static func check(video: String) throws { try VideoReader.check(video) }

  public func run(in workspace: Workspace) throws -> ExtractSummary {
    try Self.check(video: video)
    let folder = self.model ?? "\(workspace.root)/\(MiniModels.checkpoint(Self.miniModel))"
    let model = try VideoDiffusionModel(directory: folder)
    for warning in model.warnings { workspace.progress.message("warning: \(warning)") }
    var size = model.clipSize
    size.frames = frames ?? size.frames
    size.height = height ?? size.height
    size.width = width ?? size.width
    try model.check(size)
    try MemoryEstimate.require(
      Self.leastMemory(size, of: model, steps: steps),
      for: "extracting from \(size.frames) frames of \(size.width)x\(size.height)",
      suggestion: "choose a smaller --size or fewer --frames, or allow more memory with "
        + "\(MemoryBudget.variable)=64G")
    let (times, report) = try VideoReader.timeline(video)
    workspace.progress.warn(report)
    let plan = try overlay.map { try OverlayPlan($0, times: times, report: report) }
    for warning in plan?.warnings ?? [] { workspace.progress.message("warning: \(warning)") }
    let clip = try VideoReader.read(
      video, frames: FrameSampling.uniform(min(size.frames, times.count), of: times.count)
    ).clip
    var options = ExtractionOptions()
    options.inversion = InversionOptions(steps: steps, guidance: guidance)
    let latents = encode(clip, model, size)
    try checkCancellation()
    var extraction = PriorExtraction(model, options: options)
    extraction.releasesWeights = true
    let step = workspace.progress.begin("extracting", total: extraction.work, unit: "parts")
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
      workspace.progress.message(
        "warning: the model has no token for \"\(word)\" and reads it letter by letter")
    }
    try InputFiles.requireUnchangedMappings()
    try SafetensorsWriter.write(
      result.entries,
      metadata: result.metadata(
        text: text, steps: steps, model: self.model == nil ? Self.miniModel : folder),
      to: output)
    if let plan { try draw(result, plan, workspace) }
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
    let scores: [Double]
    let heads: [Int]
    let map: Tensor
    let motion: [Double]
    let tokens: [Int]
    /// Mean map of the words to show, `[visionTokens]`.
    let shownMap: [Float]

    init(_ prior: MotionPrior, text: SentenceWords, keep: Double, words: [String]) {
      self.prior = prior
      self.text = text
      scores = HeadScores.scores(prior.metrics)
      heads = HeadScores.best(scores, share: keep)
      map = prior.map(heads: heads)
      motion = MotionScores.scores(map.values, tokens: prior.tokens.count, grid: prior.grid)
      let candidates = prior.tokens.indices.filter { prior.tokens[$0].isCandidate }
      let scored = motion
      tokens = HeadScores.best(candidates.map { scored[$0] }, share: keep).map { candidates[$0] }
      let asked = text.tokens(of: words)
      shownMap = map.rows(asked.isEmpty ? tokens : asked).mean(axes: [0]).values
    }

    static func word(_ token: PriorToken) -> String {
      token.text.trimmingCharacters(in: .whitespaces)
    }

    var entries: [SafetensorsWriter.Entry] {
      [
        .init("text_to_vision", prior.textToVision), .init("aggregated", map),
        .init("target", map.rows(tokens)),
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
        codec: report.codec, heads: heads, headCount: prior.heads,
        words: text.words(of: tokens), error: prior.reconstructionError,
        tensors: entries.map { ($0.name, $0.elementType.rawValue, $0.shape) })
    }
  }
}
