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

/// The loss is no longer finite; the training cannot continue.
public struct DivergedError: Error, CustomStringConvertible, Sendable {
  public let step: Int
  public let measured: [Double]

  public var description: String {
    "training diverged at step \(step): losses \(measured); lower the learning rate"
  }
}

/// Sample-parallel training with AdamW; the same bits on any number of threads.
public enum TrainingLoop {
  /// Keeps the state of the trainings inside `withKeeper`; none outside.
  @TaskLocal static var keeper: (any TrainingKeeper)?

  /// Runs `body`, whose trainings go on from the states that `keeper` has and leave theirs there.
  public static func withKeeper<T>(
    _ keeper: some TrainingKeeper, _ body: () throws -> T
  ) rethrows -> T {
    try $keeper.withValue(keeper, operation: body)
  }

  /// - Parameters:
  ///   - checkpoint: called before every step and, on any thread, before every sample of its
  ///     batch; throws to stop cleanly
  ///   - progress: called after every step with the means over the batch
  ///   - sample: adds the gradient of one sample's loss, times `weight`, to the sink and returns
  ///     what it measured (the losses)
  /// - Returns: the measured means of every step.
  @discardableResult
  public static func run(
    _ plan: TrainingPlan, _ optimiser: AdamW,
    checkpoint: @Sendable () throws -> Void = {},
    progress: (_ step: Int, _ measured: [Double]) -> Void = { _, _ in },
    sample:
      @Sendable (
        _ step: Int, _ index: Int, _ weight: Float, _ sink: Gradients
      ) throws -> [Double]
  ) throws -> [[Double]] {
    let weight = 1 / Float(plan.batch)
    let parameters = optimiser.orderedParameters
    let states = keeper?.begin()
    var history = try restore(states, optimiser, plan)
    for (step, means) in history.enumerated() { progress(step, means) }
    for step in history.count..<plan.steps {
      do {
        try checkpoint()
      } catch {
        // Whoever stops the run keeps what it has reached.
        if step > 0 { try states?.keep(TrainingState(optimiser.state, history)) }
        throw error
      }
      states?.reached(step)
      let result: (gradients: [Tensor?], measured: [Double])
      do {
        result = try SampleParallel.gradients(count: plan.batch, parameters: parameters) {
          samples, sink in
          var sums: [Double] = []
          for index in samples {
            try checkpoint()
            let measured = try sample(step, index, weight, sink)
            sums = sums.isEmpty ? measured : zip(sums, measured).map { $0 + $1 }
          }
          return sums
        }
      } catch {
        // A batch that was stopped has changed nothing yet; one that failed would fail again.
        if step > 0, (try? checkpoint()) == nil {
          try states?.keep(TrainingState(optimiser.state, history))
        }
        throw error
      }
      let means = result.measured.map { $0 / Double(plan.batch) }
      guard means.allSatisfy(\.isFinite) else { throw DivergedError(step: step, measured: means) }
      states?.reachedInside(step)
      try optimiser.update(
        result.gradients, scale: plan.schedule.factor(step: step, of: plan.steps),
        gradientScale: SampleParallel.clipFactor(result.gradients, maximum: plan.maximumNorm))
      history.append(means)
      progress(step, means)
      if step + 1 < plan.steps, let states, states.isDue() {
        try states.keep(TrainingState(optimiser.state, history))
      }
    }
    return history
  }

  /// Brings the optimiser to the kept state and returns the losses up to there.
  private static func restore(
    _ states: (any TrainingStates)?, _ optimiser: AdamW, _ plan: TrainingPlan
  ) throws -> [[Double]] {
    guard let state = try states?.restore(), optimiser.fits(state.optimiser),
      state.history.count == state.optimiser.step, state.optimiser.step <= plan.steps
    else { return [] }
    optimiser.restore(state.optimiser)
    return state.history
  }
}
