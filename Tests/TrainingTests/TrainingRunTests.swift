import Layers
import Synchronization
import Tensors
import Testing
import Training

/// A training is its plan, its set of parameters and its objective, and nothing else.
@Suite struct TrainingRunTests {
  private static let key = StreamKey(seed: 8, command: "training-run")
  private static let plan = TrainingPlan(
    steps: 9, batch: 3, schedule: .cosine(warmupRatio: 0.2), maximumNorm: 1)

  private final class Pair: Sendable {
    let trained = Parameter(name: "trained", .normal([4, 3], key: key.child("a")))
    let other = Parameter(name: "other", .normal([3], key: key.child("b")))

    init() { for parameter in [trained, other] { parameter.isTrainable = false } }

    var run: TrainingRun {
      TrainingRun(
        plan,
        [
          ParameterGroup(
            name: "all", parameters: [trained], learningRate: 0.05, weightDecay: 0.1)
        ])
    }

    func loss(_ position: Int) -> SampleLoss {
      let input = Tensor.normal([2, 3], key: key.child("input", position)) + other.tensor
      return SampleLoss(input.linear(trained.tensor, nil).squared().mean())
    }

    var bits: [[UInt32]] { [trained, other].map { $0.data.values.map(\.bitPattern) } }
  }

  /// States in memory; stops the training when it has saved as many as are allowed.
  private final class Keeper: TrainingKeeper, TrainingStates {
    let saved = Mutex<[TrainingState]>([])

    func begin() -> any TrainingStates { self }
    func restore() throws -> TrainingState? { saved.withLock { $0.last } }
    func isDue() -> Bool { true }
    func keep(_ state: TrainingState) throws { saved.withLock { $0.append(state) } }
    func reached(_ step: Int) {}
    func reachedInside(_ step: Int) {}
  }

  private struct Stopped: Error {}

  @Test func trainsTheSetAndNothingElse() throws {
    let pair = Pair()
    let before = pair.bits
    let loss = pair.loss(0).measured[0]
    let history = try pair.run.run { position in
      #expect(pair.trained.isTrainable && !pair.other.isTrainable)
      return pair.loss(position)
    }
    #expect(history.count == 9 && pair.loss(0).measured[0] < loss)
    #expect(pair.bits[0] != before[0] && pair.bits[1] == before[1])
    #expect(!pair.trained.isTrainable)
  }

  @Test func freezesTheSetWhenItFails() {
    let pair = Pair()
    #expect(throws: Stopped.self) { try pair.run.run { _ in throw Stopped() } }
    #expect(!pair.trained.isTrainable)
  }

  @Test func positionsCountSamples() throws {
    let seen = Mutex<[Int]>([])
    let pair = Pair()
    try pair.run.run { position in
      seen.withLock { $0.append(position) }
      return pair.loss(position)
    }
    #expect(seen.withLock { $0.sorted() } == Array(0..<27))
  }

  /// Whatever the step after which it is stopped.
  @Test(arguments: 1..<9)
  func resumesToTheSameBits(_ steps: Int) throws {
    let whole = Pair()
    let history = try whole.run.run { whole.loss($0) }
    let keeper = Keeper()
    #expect(throws: Stopped.self) {
      let stopped = Pair()
      try TrainingRun.keepingStates(in: keeper) {
        try stopped.run.run { position in
          if position >= 3 * steps { throw Stopped() }
          return stopped.loss(position)
        }
      }
    }
    #expect(keeper.saved.withLock { $0.last?.history.count } == steps)
    let resumed = Pair()
    let rest = try TrainingRun.keepingStates(in: keeper) {
      try resumed.run.run { position in
        #expect(position >= 3 * steps, "a finished step is not computed again")
        return resumed.loss(position)
      }
    }
    #expect(rest == history)
    #expect(resumed.bits == whole.bits)
  }

  /// A sample without a loss counts in the mean and adds no gradient.
  @Test func samplesMayTeachNothing() throws {
    let pair = Pair()
    let before = pair.bits
    var plain = Self.plan
    plain.steps = 2
    let run = TrainingRun(
      plain,
      [ParameterGroup(name: "all", parameters: [pair.trained], learningRate: 1, weightDecay: 0)])
    let history = try run.run { SampleLoss(nil, measured: [Double($0)]) }
    #expect(history == [[1], [4]])
    #expect(pair.bits == before)
  }
}
