import Tensors

/// The state of a training between two steps.
///
/// Together with the plan, the data and the keys of its random streams this is complete: the
/// schedule is a function of the step, and the draws of a step are a function of the stream's key
/// and the step's position.
public struct TrainingState: Sendable {
  public let optimiser: AdamW.State
  /// The measured means of every step so far.
  public let history: [[Double]]

  public init(_ optimiser: AdamW.State, _ history: [[Double]]) {
    self.optimiser = optimiser
    self.history = history
  }
}

/// Saves the training states of one result.
public protocol TrainingKeeper: Sendable {
  /// The states of the next training: the first one's, then the second one's, and so on.
  func begin() -> any TrainingStates
}

/// Keeps the state of one training.
public protocol TrainingStates {
  /// The last state that was kept; nil when there is none.
  func restore() throws -> TrainingState?
  /// Whether enough has been done since the last time that the state is worth keeping.
  func isDue() -> Bool
  /// Keeps a state in place of the one before, as a whole or not at all.
  func keep(_ state: TrainingState) throws
  /// Called before each step.
  func reached(_ step: Int)
  /// Called when a step has its gradients.
  func reachedInside(_ step: Int)
}
