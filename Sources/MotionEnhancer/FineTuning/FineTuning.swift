import Layers
import Tensors
import Training
import VisionLanguage

/// One sample of the fine-tuning set, ready for the model.
public struct TuningSample: Sendable {
  public let video: VisionInput
  /// The whole sequence with placeholders for the vision tokens.
  public let tokens: [Int]
  /// Next-token targets: the answer's ids at their own places, -100 elsewhere.
  public let labels: [Int]
  /// Place in the sequence and UTF-8 span of each text token.
  public let text: [(place: Int, span: Range<Int>)]
  /// Place of the row that predicts the first word of the answer.
  public let binding: Int

  public init(
    video: VisionInput, tokens: [Int], labels: [Int], text: [(place: Int, span: Range<Int>)],
    binding: Int
  ) {
    self.video = video
    self.tokens = tokens
    self.labels = labels
    self.text = text
    self.binding = binding
  }

  public var input: PreparedInput { PreparedInput(tokens: tokens, videos: [video]) }
}

/// Supervised fine-tuning with `L_total = L_AR + lambda L_align` (MotionEnhancer, section 3.4).
public struct FineTuning: Sendable {
  public var plan: TrainingPlan
  /// Of the language model and the merger.
  public var learningRate: Float
  /// Of the vision tower; a fifth of the other in the paper.
  public var visionLearningRate: Float
  public var weightDecay: Float
  public var alignment: AlignmentOptions
  public var key: StreamKey

  public init(
    plan: TrainingPlan, learningRate: Float, visionLearningRate: Float, weightDecay: Float = 0.1,
    alignment: AlignmentOptions = AlignmentOptions(), key: StreamKey
  ) {
    self.plan = plan
    self.learningRate = learningRate
    self.visionLearningRate = visionLearningRate
    self.weightDecay = weightDecay
    self.alignment = alignment
    self.key = key
  }

  /// - Parameters:
  ///   - targets: one for each sample, or none at all for plain fine-tuning; a target without
  ///     rows leaves its sample to the language loss
  /// - Returns: language loss and alignment loss by step.
  public func run(
    _ model: Qwen25VL.Model, samples: [TuningSample], targets: [AlignmentTarget],
    checkpoint: @Sendable () throws -> Void = {}, progress: (Int, [Double]) -> Void = { _, _ in }
  ) throws -> [[Double]] {
    precondition(targets.isEmpty || targets.count == samples.count, "a target for each sample")
    let loss = try AlignmentLoss(alignment, targets: targets, key: key.child("aligner"))
    defer { model.store.freeze() }
    let trained = model.store.train { _ in true }
    func isTower(_ name: String) -> Bool { name.contains("visual.") && !name.contains(".merger.") }
    let optimiser = AdamW([
      ParameterGroup(
        name: "llm",
        parameters: trained.filter { !isTower($0.name) } + (loss.aligner?.store.parameters ?? []),
        learningRate: learningRate, weightDecay: weightDecay),
      ParameterGroup(
        name: "vision", parameters: trained.filter { isTower($0.name) },
        learningRate: visionLearningRate, weightDecay: weightDecay),
    ])
    let order = epochs(samples.count)
    let batch = plan.batch
    return try TrainingLoop.run(plan, optimiser, checkpoint: checkpoint, progress: progress) {
      step, index, share, sink in
      let chosen = order[(step * batch + index) % order.count]
      let sample = samples[chosen]
      let target = targets.isEmpty ? nil : targets[chosen]
      let student = target.flatMap {
        StudentMaps(
          tokens: sample.text, spans: $0.spans, rows: alignment.rows, binding: sample.binding,
          teacher: $0.grid)
      }
      let attention = try student.map {
        try TextToVisionAttention(model, sample.input, rows: $0.rows)
      }
      let (language, pass) = try model.forward(
        sample.input, labels: sample.labels, probe: attention?.probe ?? .none)
      var total = language
      var aligned = 0.0
      if let student, let target, let maps = attention?.maps {
        let rows =
          alignment.rows == .binding
          ? target.rows.mean(axes: [0], keepingAxes: true) : target.rows.rows(student.targetRows)
        let distance = loss(student: student(maps, grid: pass.layout.runs[0].grid), teacher: rows)
        aligned = Double(distance.scalar)
        total = total + distance * alignment.weight
      }
      sink.backward(from: total, seed: share)
      return [Double(language.scalar), aligned]
    }
  }

  /// Samples in a new random order each epoch.
  private func epochs(_ count: Int) -> [Int] {
    let needed = plan.steps * plan.batch
    return (0..<(needed + count - 1) / count).flatMap { epoch in
      var stream = RandomStream(key.child("order", epoch))
      return stream.permutation(count)
    }
  }
}
