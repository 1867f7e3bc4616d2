import Experiments
import JSON
import MotionAlignment
import OrderedCollections
import ScriptInterpreter
import Tensors
import Video
import VisionLanguage

/// Right answers and questions of every task.
struct BenchmarkScores: Sendable {
  struct Task: Sendable {
    let benchmark: QuestionBenchmark
    let task: String
    let namesObject: Bool
    let right: Int
    let total: Int

    var accuracy: Double { 100 * Double(right) / Double(max(total, 1)) }
  }

  let tasks: [Task]

  /// Scores by option likelihood: the option whose words the model finds most likely.
  static func measure(
    _ student: StudentModel, split: String, questions: Int, benchmarks: Set<QuestionBenchmark>,
    label: String, in workspace: Workspace
  ) throws -> BenchmarkScores {
    let items = try BenchmarkBuilder(workspace.world, seed: workspace.seed)
      .build(split: split, questionsPerTask: questions)
      .filter { benchmarks.contains($0.question.benchmark) }
    let clips = try ClipLibrary(workspace, split: split, seed: workspace.seed)
    let byClip = OrderedDictionary(grouping: items, by: \.sceneIndex)
    let scenes = Array(byClip.keys)
    let model = try student.model()
    let step = workspace.progress.begin("scoring \(label)", total: scenes.count, unit: "clips")
    defer { step.end() }
    let results = try Workers.map(scenes.count) { place in
      try checkCancellation()
      defer { step.advance() }
      let video = student.vision(try clips.clip(scenes[place]))
      return try withoutGradients {
        let features = try model.visionFeatures(video)
        return try (byClip[scenes[place]] ?? []).map { item in
          (item.question, try isRight(item.question, student, model, video, features))
        }
      }
    }
    return BenchmarkScores(tasks: tally(results.flatMap { $0 }))
  }

  private static func isRight(
    _ question: Question, _ student: StudentModel, _ model: Qwen25VL.Model, _ video: VisionInput,
    _ features: Tensor
  ) throws -> Bool {
    let likelihoods = try question.options.map { option in
      let sample = try student.sample(video, prompt: question.prompt, answer: option)
      let rows = ForwardPass.rowsPredicting(sample.labels)
      let logits = try model.forward(sample.input, features: features, rows: rows).logits()
      let logs = logits.logSoftmaxValues()
      return rows.enumerated().reduce(0.0) { sum, row in
        sum + Double(logs[row.offset, sample.labels[row.element + 1]])
      }
    }
    let best = likelihoods.indices.max { likelihoods[$0] < likelihoods[$1] }
    return best == question.answerIndex
  }

  private static func tally(_ answers: [(Question, Bool)]) -> [Task] {
    OrderedDictionary(grouping: answers, by: \.0.name).values.map { group in
      Task(
        benchmark: group[0].0.benchmark, task: group[0].0.task,
        namesObject: group.contains { $0.0.objectIndex != nil },
        right: group.count { $0.1 }, total: group.count)
    }.sorted {
      ($0.benchmark.rawValue, $0.task) < ($1.benchmark.rawValue, $1.task)
    }
  }

  // MARK: - Values of the language

  /// Overall and average of each benchmark, the mean over tasks that name an object, and every
  /// task under `tasks`.
  func record(_ benchmarks: [QuestionBenchmark]) -> RecordValue {
    var fields: OrderedDictionary<String, Value> = [:]
    var single: OrderedDictionary<String, Value> = [:]
    for benchmark in benchmarks {
      let own = tasks.filter { $0.benchmark == benchmark }
      let (right, total) = (own.reduce(0) { $0 + $1.right }, own.reduce(0) { $0 + $1.total })
      fields["\(benchmark.rawValue)_overall"] = .float(100 * Double(right) / Double(max(total, 1)))
      fields["\(benchmark.rawValue)_average"] = .float(Self.mean(own))
      for task in own { single["\(benchmark.rawValue).\(task.task)"] = .float(task.accuracy) }
    }
    fields["object_tasks"] = .float(Self.mean(tasks.filter(\.namesObject)))
    fields["tasks"] = .record(of: single)
    return RecordValue(fields)
  }

  private static func mean(_ tasks: [Task]) -> Double {
    tasks.reduce(0) { $0 + $1.accuracy } / Double(max(tasks.count, 1))
  }

  // MARK: - Storing

  static let coding = ResultCoding<BenchmarkScores>(
    encode: { scores in
      let tasks = scores.tasks.map { task -> JSONValue in
        [
          "benchmark": .string(task.benchmark.rawValue), "task": .string(task.task),
          "names_object": .bool(task.namesObject), "right": .int(task.right),
          "total": .int(task.total),
        ]
      }
      return ([:], ["tasks": .array(tasks)], .none)
    },
    decode: { result in
      BenchmarkScores(
        tasks: try JSONNode(result.summary).array("tasks").map { task in
          let name = try task.string("benchmark")
          guard let benchmark = QuestionBenchmark(rawValue: name) else {
            throw CommandError("the stored scores name an unknown benchmark '\(name)'")
          }
          return Task(
            benchmark: benchmark, task: try task.string("task"),
            namesObject: try task.bool("names_object"), right: try task.int("right"),
            total: try task.int("total"))
        })
    })
}
