import Layers
import Tensors
import Training
import Video
import VisionLanguage

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
  ///   - count: of samples
  ///   - sample: by its number, `0..<count`, asked for each time it is used, on any thread
  ///   - targets: one for each sample, or nil for plain fine-tuning; a target without rows leaves
  ///     its sample to the language loss
  /// - Returns: language loss and alignment loss by step.
  public func run(
    _ model: some VisionLanguageModel, count: Int, targets: ClipSequence<AlignmentTarget>? = nil,
    checkpoint: @Sendable () throws -> Void = {}, progress: (Int, [Double]) -> Void = { _, _ in },
    sample: @escaping @Sendable (_ number: Int) throws -> TuningSample
  ) throws -> [[Double]] {
    precondition(targets == nil || targets?.count == count, "a target for each sample")
    let loss = try AlignmentLoss(alignment, targets: targets, key: key.child("aligner"))
    let run = TrainingRun(
      plan,
      [
        ParameterGroup(
          name: "llm",
          parameters: model.parameters(of: [.merger, .decoder])
            + (loss.aligner?.store.parameters ?? []),
          learningRate: learningRate, weightDecay: weightDecay),
        ParameterGroup(
          name: "vision", parameters: model.parameters(of: [.visionTower]),
          learningRate: visionLearningRate, weightDecay: weightDecay),
      ])
    let order = epochs(count)
    let attentions = try TextToVisionAttention.selection(of: model)
    return try run.run(checkpoint: checkpoint, progress: progress) { position in
      let chosen = order[position % order.count]
      let sample = try sample(chosen)
      let target = try targets?[chosen]
      let student = target.flatMap {
        StudentMaps(
          tokens: sample.text, spans: $0.spans, rows: alignment.rows, binding: sample.binding,
          teacher: $0.grid)
      }
      let attention = try student.map {
        try TextToVisionAttention(
          model, sample.input, rows: $0.rows, selection: attentions)
      }
      let (language, pass) = try model.forward(
        sample.input, labels: sample.labels, probe: attention?.probe ?? .none)
      guard let student, let target, let maps = attention?.maps,
        let grid = pass.layout.visionGrid
      else { return SampleLoss(language, measured: [Double(language.scalar), 0]) }
      let rows =
        alignment.rows == .binding
        ? target.rows.mean(axes: [0], keepingAxes: true) : target.rows.rows(student.targetRows)
      let distance = loss(student: student(maps, grid: grid), teacher: rows)
      return SampleLoss(
        language + distance * alignment.weight,
        measured: [Double(language.scalar), Double(distance.scalar)])
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
