import Checkpoints
import Layers
import MotionEnhancer
import Ranks
import Tensors
import Training
import Video
import VisionLanguage

/// Fine-tuning steps of the mini VLM with alignment: the cosine loss without aligner, on the row
/// that predicts the answer.
struct LanguageWorkload {
  static let batch = 16
  static let checkedSteps = 3
  /// Tokens after the video: a question of 14, one of answer and the end.
  private static let textTokens = 16
  private static let grid = TokenGrid(frames: 4, height: 6, width: 6)
  private static let teacherGrid = TokenGrid(frames: 5, height: 6, width: 6)
  private static let targetRows = 4
  /// Two frames of a clip at 8 frames a second.
  private static let secondsPerStep: Float = 0.25
  private static let alignment = AlignmentOptions(
    form: .cosine, rows: .binding, aligner: .none, weight: 3)

  private let models: MiniModels
  private let samples: [TuningSample]
  private let targets: [AlignmentTarget]
  private let key = MiniModels.key.child("vlm")

  init(_ models: MiniModels) throws {
    self.models = models
    let configuration = try models.languageConfiguration()
    let key = key
    samples = (0..<Self.batch).map { index in
      let patches = Tensor.normal(
        [Self.grid.count, configuration.vision.patchValues], key: key.child("patches", index))
      return Self.sample(
        VisionInput(patches: patches, grid: Self.grid, secondsPerStep: Self.secondsPerStep),
        configuration, key.child("text", index))
    }
    targets = (0..<Self.batch).map { index in
      AlignmentTarget(
        grid: Self.teacherGrid, spans: (0..<Self.targetRows).map { $0..<$0 + 1 },
        rows: .uniform(
          [Self.targetRows, Self.teacherGrid.count], in: 0...1, key: key.child("target", index)))
    }
  }

  private static func sample(
    _ video: VisionInput, _ configuration: Qwen25VL.Configuration, _ key: StreamKey
  ) -> TuningSample {
    var stream = RandomStream(key)
    let words = configuration.visionStartToken  // special tokens come after all words
    let prompt =
      [configuration.visionStartToken]
      + [Int](repeating: configuration.videoToken, count: video.grid.count)
      + [configuration.visionEndToken]
    let text = (0..<textTokens).map { _ in stream.integer(below: words) }
    let labelled = 2
    return TuningSample(
      video: video, tokens: prompt + text,
      labels: [Int](repeating: -100, count: prompt.count + textTokens - labelled)
        + text.suffix(labelled),
      text: text.indices.map { (prompt.count + $0, $0..<$0 + 1) },
      binding: prompt.count + textTokens - labelled - 1)
  }

  /// Fine-tunes a new model for some steps; every step sees all samples.
  func train(steps: Int, threads: Int) throws -> TimedTraining {
    Workers.defaultCount = threads
    let tuning = FineTuning(
      plan: TrainingPlan(steps: steps, batch: Self.batch, schedule: .constant),
      learningRate: 1e-3, visionLearningRate: 2e-4, alignment: Self.alignment, key: key)
    let clock = StepClock()
    let losses = try tuning.run(
      models.language(), count: samples.count, targets: ClipSequence(targets),
      checkpoint: { clock.start() }, progress: { _, _ in clock.stop() },
      sample: { [samples] in samples[$0] })
    return TimedTraining(losses: losses, seconds: clock.seconds)
  }

  /// - Returns: language loss and alignment loss of the first steps, the same on one and two
  ///   threads
  func check() throws -> (language: [Double], alignment: [Double]) {
    let run = try train(steps: Self.checkedSteps, threads: 1)
    try TimedTraining.requireEqual(
      "VLM training", run, train(steps: Self.checkedSteps, threads: 2))
    let plain = PlainAlignment(targets: targets, grid: Self.grid)
    let model = try models.language()
    let first = try samples.indices.map { try plain.losses(model, samples[$0], index: $0) }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    try BenchmarkError.require(
      "the first language loss of the VLM", run.losses[0][0],
      equals: mean(first.map(\.language)), within: 1e-4)
    try BenchmarkError.require(
      "the first alignment loss of the VLM", run.losses[0][1],
      equals: mean(first.map(\.alignment)), within: 1e-4)
    return (run.losses.map { $0[0] }, run.losses.map { $0[1] })
  }

  func measure(threads: Int, repeats: Int) throws -> Measurement {
    let warmup = 3
    return .time(
      .languageStep, per: "sample", count: Self.batch, threads: threads,
      try train(steps: warmup + repeats, threads: threads).timing(warmup: warmup))
  }

  /// Weights and inputs, for `reference.py`.
  func export(to folder: String) throws {
    let model = try models.language()
    try SafetensorsWriter.write(
      model.store.entries.map { .init($0.name, $0.tensor) }, to: "\(folder)/vlm.safetensors")
    let tokens = samples[0].tokens.count
    try SafetensorsWriter.write(
      [
        .init("tokens", shape: [Self.batch, tokens], integers: samples.flatMap(\.tokens)),
        .init("labels", shape: [Self.batch, tokens], integers: samples.flatMap(\.labels)),
        .init("binding", shape: [Self.batch], integers: samples.map(\.binding)),
        .init("patches", Tensor.concatenate(samples.map(\.video.patches), axis: 0)),
        .init(
          "grid", shape: [3], integers: [Self.grid.frames, Self.grid.height, Self.grid.width]),
        .init("seconds", Tensor(Self.secondsPerStep)),
        .init(
          "targets",
          Tensor.concatenate(targets.map(\.rows), axis: 0).reshaped([
            Self.batch, Self.targetRows, Self.teacherGrid.count,
          ])),
        .init(
          "teacher-grid", shape: [3],
          integers: [Self.teacherGrid.frames, Self.teacherGrid.height, Self.teacherGrid.width]),
      ], to: "\(folder)/vlm-inputs.safetensors")
  }
}
