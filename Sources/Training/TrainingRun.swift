import Ranks
import Tensors

/// What one sample contributes to a step of training.
public struct SampleLoss: Sendable {
  /// `[]`; nil for a sample that teaches nothing.
  public let loss: Tensor?
  /// What is reported: the loss or its parts, one number for each thing measured.
  public let measured: [Double]

  public init(_ loss: Tensor?, measured: [Double]) {
    self.loss = loss
    self.measured = measured
  }

  /// Reports the loss itself.
  public init(_ loss: Tensor) { self.init(loss, measured: [Double(loss.scalar)]) }
}

/// Trains a set of parameters on an objective with AdamW, samples in parallel; the same bits on
/// any number of threads.
///
/// Batches, lanes and saved states are its own. The parameters can be trained only while it runs;
/// before and after it they are frozen.
public struct TrainingRun: Sendable {
  public let plan: TrainingPlan
  public let groups: [ParameterGroup]
  /// Decay of AdamW's second moment.
  public let beta2: Float

  public init(_ plan: TrainingPlan, _ groups: [ParameterGroup], beta2: Float = 0.999) {
    self.plan = plan
    self.groups = groups
    self.beta2 = beta2
  }

  /// Keeps the states of the trainings inside `keepingStates`; none outside.
  private enum Keeper: WorkKey { static let defaultValue: (any TrainingKeeper)? = nil }

  /// Runs `body`, whose trainings resume from the states that `keeper` has and save theirs there.
  public static func keepingStates<T>(
    in keeper: some TrainingKeeper, _ body: () throws -> T
  ) rethrows -> T {
    try WorkContext.with(Keeper.self, keeper, body)
  }

  /// - Parameters:
  ///   - checkpoint: called before every step and, on any thread, before every sample of its
  ///     batch; throws to stop cleanly
  ///   - progress: called after every step with the means over the batch
  ///   - objective: the loss of the sample at a position of the run, `step * batch + index`
  /// - Returns: the measured means of every step.
  /// - Throws: ``DivergedError`` when a measured mean is not finite
  @discardableResult
  public func run(
    checkpoint: @Sendable () throws -> Void = {},
    progress: (_ step: Int, _ measured: [Double]) -> Void = { _, _ in },
    objective: @Sendable (_ position: Int) throws -> SampleLoss
  ) throws -> [[Double]] {
    let optimiser = AdamW(groups, beta2: beta2)
    let parameters = optimiser.orderedParameters
    for parameter in parameters { parameter.isTrainable = true }
    defer { for parameter in parameters { parameter.isTrainable = false } }
    let states = WorkContext.value(Keeper.self)?.begin()
    var history = try restore(states, optimiser)
    for (step, means) in history.enumerated() { progress(step, means) }
    for step in history.count..<plan.steps {
      do {
        try checkpoint()
      } catch {
        // Whoever stops the run saves what it has reached.
        if step > 0 { try states?.keep(TrainingState(optimiser.state, history)) }
        throw error
      }
      states?.reached(step)
      let result: (gradients: [Tensor?], measured: [Double])
      do {
        result = try gradients(of: step, parameters, checkpoint, objective)
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

  /// Gradients of the mean loss over a batch, and the sums of what its samples measured.
  private func gradients(
    of step: Int, _ parameters: [Parameter], _ checkpoint: @Sendable () throws -> Void,
    _ objective: @Sendable (_ position: Int) throws -> SampleLoss
  ) throws -> (gradients: [Tensor?], measured: [Double]) {
    let (batch, weight) = (plan.batch, 1 / Float(plan.batch))
    return try SampleParallel.gradients(count: batch, parameters: parameters) { samples, sink in
      var sums: [Double] = []
      for index in samples {
        try checkpoint()
        let sample = try objective(step * batch + index)
        if let loss = sample.loss { sink.backward(from: loss, seed: weight) }
        sums = sums.isEmpty ? sample.measured : zip(sums, sample.measured).map { $0 + $1 }
      }
      return sums
    }
  }

  /// Brings the optimiser to the saved state and returns the losses up to there.
  private func restore(
    _ states: (any TrainingStates)?, _ optimiser: AdamW
  ) throws -> [[Double]] {
    guard let state = try states?.restore(), optimiser.fits(state.optimiser),
      state.history.count == state.optimiser.step, state.optimiser.step <= plan.steps
    else { return [] }
    optimiser.restore(state.optimiser)
    return state.history
  }
}
