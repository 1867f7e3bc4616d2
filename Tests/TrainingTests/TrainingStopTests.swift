import Layers
import Ranks
import Synchronization
import Tensors
import Testing
import Training

/// A training can be stopped between the samples of a batch.
@Suite struct TrainingStopTests {
  private struct Stopped: Error {}

  @Test(arguments: [1, 2, 7])
  func withinAStep(_ threads: Int) {
    let weight = Parameter(
      name: "w", .normal([4], key: StreamKey(seed: 5, command: "training-stop")))
    let asked = Atomic<Int>(0)
    let seen = Atomic<Int>(0)
    let plan = TrainingPlan(
      steps: 3, batch: 1024, schedule: .cosine(warmupRatio: 0, floor: 0))
    #expect(throws: Stopped.self) {
      try Workers.using(threads) {
        try TrainingRun(
          plan,
          [ParameterGroup(name: "all", parameters: [weight], learningRate: 0.1, weightDecay: 0)]
        ).run(
          checkpoint: {
            if asked.add(1, ordering: .relaxed).newValue > 10 { throw Stopped() }
          },
          objective: { _ in
            seen.add(1, ordering: .relaxed)
            return SampleLoss(weight.tensor.squared().sum())
          })
      }
    }
    #expect(seen.load(ordering: .relaxed) < 20)
  }
}
