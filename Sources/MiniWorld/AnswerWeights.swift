/// Weights under which all tasks, and within a task all answers, are drawn about equally often,
/// whatever the clips of a split happen to show most.
struct AnswerWeights: Sendable {
  private var weights: [Key: Float] = [:]
  /// Number of different answers of each task.
  private var answers: [String: Float] = [:]

  private struct Key: Hashable {
    var task: String
    var answer: String

    init(_ question: Question) {
      task = question.name
      answer = question.answer
    }
  }

  /// Clips that the frequencies are counted on.
  private static let sample = 256

  init(_ generator: SceneGenerator) throws(SceneError) {
    guard generator.split.texts[.question] ?? 0 > 0 else { return }
    let writer = QuestionWriter(generator.specification)
    var counts: [Key: Float] = [:]
    for index in 0..<min(Self.sample, generator.split.count) {
      for question in writer.questions(try generator.scene(at: index)) {
        counts[Key(question), default: 0] += 1
      }
    }
    for key in counts.keys { answers[key.task, default: 0] += 1 }
    weights = counts.reduce(into: [:]) { weights, entry in
      weights[entry.key] = weight(entry.value, of: entry.key.task)
    }
  }

  func weight(_ question: Question) -> Float {
    weights[Key(question)] ?? weight(0, of: question.name)
  }

  /// Weight of an answer that was counted `count` times. The constant keeps an answer that
  /// happened to be rare from being drawn whenever it is possible.
  private func weight(_ count: Float, of task: String) -> Float {
    1 / ((count + 4) * (answers[task] ?? 1))
  }
}
