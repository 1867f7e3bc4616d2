import Evaluation
import MiniWorld
import Testing

@Suite("Scores of benchmarks")
struct BenchmarkScoresTests {
  private func question(
    _ benchmark: QuestionBenchmark, _ task: String, object: Int?, answer: Int
  ) -> Question {
    Question(
      benchmark: benchmark, task: task, about: .motion, prompt: "what happens",
      options: ["a", "b", "c", "d"], answerIndex: answer, objectIndex: object, bindingSpan: nil,
      groundedOptions: 3)
  }

  private var scores: BenchmarkScores {
    BenchmarkScores([
      (question(.motionbench, "MR", object: 0, answer: 1), 1),
      (question(.motionbench, "MR", object: nil, answer: 2), 0),
      (question(.motionbench, "CM", object: nil, answer: 2), 2),
      (question(.favorbench, "AS", object: 1, answer: 3), nil),
      (question(.favorbench, "AS", object: 1, answer: 3), 3),
      (question(.favorbench, "AS", object: 1, answer: 0), 3),
      (question(.motionbench, "MR", object: 0, answer: 1), nil),
    ])
  }

  @Test func tasksAreCountedInOrder() {
    #expect(
      scores.tasks == [
        .init(
          benchmark: .favorbench, task: "AS", namesObject: true, right: 1, total: 3, unread: 1),
        .init(
          benchmark: .motionbench, task: "CM", namesObject: false, right: 1, total: 1, unread: 0),
        .init(
          benchmark: .motionbench, task: "MR", namesObject: true, right: 1, total: 3, unread: 1),
      ])
  }

  /// Overall weighs questions, the average weighs tasks; what names no option is wrong.
  @Test func meansByHand() {
    #expect(scores.overall(.motionbench) == 50)
    #expect(abs(scores.average(.motionbench) - (100 + 100.0 / 3) / 2) < 1e-9)
    #expect(abs(scores.overall(.favorbench) - 100.0 / 3) < 1e-9)
    #expect(abs(scores.objectTasks - 100.0 / 3) < 1e-9)
    #expect(abs(scores.unread - 200.0 / 7) < 1e-9)
  }

  @Test func nothingScoresNothing() {
    let empty = BenchmarkScores([])
    #expect(empty.tasks.isEmpty && empty.overall(.motionbench) == 0 && empty.unread == 0)
  }

  @Test func specificEnergyByHand() {
    var same = SpecificEnergy(width: 4)
    #expect(same.share == nil)
    for scale: Float in [1, 3, 0.5] { same.add([scale, scale, 2 * scale, 0]) }
    #expect(abs(same.share ?? 1) < 1e-12)
    // Rows [1, 0] and [0, 1]: |mean|^2 is 1/2, the mean of |row|^2 is 1.
    var different = SpecificEnergy(width: 2)
    different.add([5, 0])
    different.add([0, 0.1])
    #expect(abs((different.share ?? 0) - 0.5) < 1e-12)
  }
}
