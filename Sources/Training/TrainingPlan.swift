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
