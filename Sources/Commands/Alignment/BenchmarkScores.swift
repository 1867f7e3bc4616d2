import Evaluation
import Experiments
import Foundation
import JSON
import MotionAlignment
import OrderedCollections
import ScriptInterpreter
import Tensors
import Video
import VisionLanguage

/// How a model's answer to a multiple-choice question is found.
enum AnswerScoring: String, CaseIterable, Sendable {
  /// The option whose words the model finds most likely.
  case likelihood
  /// The option whose words the model writes after the question alone.
  case words
  /// The option whose letter the model writes after the question and its lettered options.
  case letter
}

/// Right answers and questions of every task.
struct BenchmarkScores: Sendable {
  struct Task: Sendable {
    let benchmark: QuestionBenchmark
    let task: String
    let namesObject: Bool
    let right: Int
    let total: Int
    /// Answers that name no option; they count as wrong.
    let unread: Int

    var accuracy: Double { 100 * Double(right) / Double(max(total, 1)) }
  }

  let tasks: [Task]

  static func measure(
    _ student: StudentModel, split: String, seed: Int, questions: Int,
    benchmarks: Set<QuestionBenchmark>, scoring: AnswerScoring, label: String,
    in workspace: Workspace, parts: KeptParts
  ) throws -> BenchmarkScores {
    let items = try BenchmarkBuilder(workspace.world, seed: seed)
      .build(split: split, questionsPerTask: questions)
      .filter { benchmarks.contains($0.question.benchmark) }
    let clips = try ClipLibrary(workspace, split: split, seed: seed)
    let byClip = OrderedDictionary(grouping: items, by: \.sceneIndex)
    let scenes = Array(byClip.keys)
    let model = try student.model()
    let choices = try parts.map(
      scenes.count, "scoring \(label)", unit: "clips", coding: choiceCoding
    ) { place in
      let video = student.vision(try clips.clip(scenes[place]))
      return try withoutGradients {
        let features = try model.visionFeatures(video)
        return try (byClip[scenes[place]] ?? []).map { item in
          try choice(item.question, scoring, student, model, video, features)
        }
      }
    }
    let answers = zip(scenes, choices).flatMap { scene, choices in
      zip(byClip[scene] ?? [], choices).map { ($0.question, $1) }
    }
    return BenchmarkScores(tasks: tally(answers))
  }

  /// A question and the option that the model chose; nil where its answer names none.
  private typealias Answer = (question: Question, choice: Int?)

  /// Longer than any answer of the mini world.
  private static let longestReply = 12

  private static func choice(
    _ question: Question, _ scoring: AnswerScoring, _ student: StudentModel,
    _ model: Qwen25VL.Model, _ video: VisionInput, _ features: Tensor
  ) throws -> Int? {
    let list = OptionList(question: question.prompt, options: question.options)
    func reply(to prompt: String) throws -> String {
      try student.reply(
        to: prompt, video, features: features, model, maxNewTokens: Self.longestReply)
    }
    switch scoring {
    case .likelihood:
      let likelihoods = try student.logLikelihoods(
        of: question.options, prompt: question.prompt, video, features: features, model)
      return likelihoods.indices.max { likelihoods[$0] < likelihoods[$1] }
    case .words: return list.option(repeatedBy: try reply(to: list.question))
    case .letter:
      return LetterRule.motionBench.option(
        in: try reply(to: list.prompt), of: question.options.count)
    }
  }

  private static func tally(_ answers: [Answer]) -> [Task] {
    OrderedDictionary(grouping: answers, by: \.question.name).values.map { group in
      Task(
        benchmark: group[0].question.benchmark, task: group[0].question.task,
        namesObject: group.contains { $0.question.objectIndex != nil },
        right: group.count { $0.choice == $0.question.answerIndex }, total: group.count,
        unread: group.count { $0.choice == nil })
    }.sorted {
      ($0.benchmark.rawValue, $0.task) < ($1.benchmark.rawValue, $1.task)
    }
  }

  // MARK: - Values of the language

  /// Overall and average of each benchmark, the mean over tasks that name an object, the share of
  /// answers that name no option, and every task under `tasks`.
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
    let (unread, total) = tasks.reduce((0, 0)) { ($0.0 + $1.unread, $0.1 + $1.total) }
    fields["unread"] = .float(100 * Double(unread) / Double(max(total, 1)))
    fields["tasks"] = .record(of: single)
    return RecordValue(fields)
  }

  private static func mean(_ tasks: [Task]) -> Double {
    tasks.reduce(0) { $0 + $1.accuracy } / Double(max(tasks.count, 1))
  }

  // MARK: - Storing

  /// The choices of one clip's questions, a line each; `-` where the answer names no option.
  private static let choiceCoding = PartCoding<[Int?]>(
    encode: { choices in
      Data(choices.map { ($0.map(String.init) ?? "-") + "\n" }.joined().utf8)
    },
    decode: { data in
      String(decoding: data, as: UTF8.self).split(separator: "\n").map { Int($0) }
    })

  static let coding = ResultCoding<BenchmarkScores>(
    encode: { scores in
      let tasks = scores.tasks.map { task -> JSONValue in
        [
          "benchmark": .string(task.benchmark.rawValue), "task": .string(task.task),
          "names_object": .bool(task.namesObject), "right": .int(task.right),
          "total": .int(task.total), "unread": .int(task.unread),
        ]
      }
      return ([:], ["tasks": .array(tasks)], .none)
    },
    decode: { result in
      BenchmarkScores(
        tasks: try JSONNode(result.summary).array("tasks").map { task in
          let name = try task.string("benchmark")
          guard let benchmark = QuestionBenchmark(rawValue: name) else {
            throw CommandError("the cached scores name an unknown benchmark '\(name)'")
          }
          return Task(
            benchmark: benchmark, task: try task.string("task"),
            namesObject: try task.bool("names_object"), right: try task.int("right"),
            total: try task.int("total"), unread: try task.int("unread"))
        })
    })
}
