import Tensors

/// The shape of a training run: everything but the model and the data.
public struct TrainingPlan: Sendable {
  public var steps: Int
  public var batch: Int
  public var schedule: LearningRateSchedule
  /// Largest global norm of a step's gradients; larger ones are scaled down to it.
  public var maximumNorm: Float

  public init(
    steps: Int, batch: Int, schedule: LearningRateSchedule, maximumNorm: Float = 1
  ) {
    self.steps = steps
    self.batch = batch
    self.schedule = schedule
    self.maximumNorm = maximumNorm
  }
}

/// A loss that stopped being a number; nothing after it would mean anything.
public struct DivergedError: Error, CustomStringConvertible, Sendable {
  public let step: Int
  public let measured: [Double]

  public var description: String {
    "training diverged at step \(step): losses \(measured); lower the learning rate"
  }
}

/// Sample-parallel training with AdamW; the same bits on any number of threads.
public enum TrainingLoop {
  /// - Parameters:
  ///   - checkpoint: called before every step; throws to stop cleanly
  ///   - progress: called after every step with the means over the batch
  ///   - sample: adds the gradient of one sample's loss, times `weight`, to the sink and returns
  ///     what it measured (the losses)
  /// - Returns: the measured means of every step.
  @discardableResult
  public static func run(
    _ plan: TrainingPlan, _ optimiser: AdamW,
    checkpoint: () throws -> Void = {},
    progress: (_ step: Int, _ measured: [Double]) -> Void = { _, _ in },
    sample:
      @Sendable (
        _ step: Int, _ index: Int, _ weight: Float, _ sink: Gradients
      ) throws -> [Double]
  ) throws -> [[Double]] {
    var history: [[Double]] = []
    let weight = 1 / Float(plan.batch)
    let parameters = optimiser.orderedParameters
    for step in 0..<plan.steps {
      try checkpoint()
      let result = try SampleParallel.gradients(count: plan.batch, parameters: parameters) {
        samples, sink in
        var sums: [Double] = []
        for index in samples {
          let measured = try sample(step, index, weight, sink)
          sums = sums.isEmpty ? measured : zip(sums, measured).map { $0 + $1 }
        }
        return sums
      }
      let means = result.measured.map { $0 / Double(plan.batch) }
      guard means.allSatisfy(\.isFinite) else { throw DivergedError(step: step, measured: means) }
      try optimiser.update(
        result.gradients, scale: plan.schedule.factor(step: step, of: plan.steps),
        gradientScale: SampleParallel.clipFactor(result.gradients, maximum: plan.maximumNorm))
      history.append(means)
      progress(step, means)
    }
    return history
  }
}
