import Diagnostics
import Evaluation
import Experiments
import Foundation
import JSON
import MiniWorld
import OrderedCollections
import ScriptInterpreter
import Tensors
import VisionLanguage

/// One model on the questions of some benchmarks, as `evaluate` was asked for it.
struct BenchmarkRun: Sendable {
  let benchmarks: Set<QuestionBenchmark>
  let split: String
  let seed: Int
  /// Of each task.
  let questions: Int
  let scoring: AnswerScoring

  /// - Parameter label: what the user sees of the model
  func scores(
    _ student: StudentModel, label: String, _ workspace: Workspace, _ parts: KeptParts
  ) throws -> BenchmarkScores {
    let items = try BenchmarkBuilder(workspace.world, seed: seed)
      .build(split: split, questionsPerTask: questions)
      .filter { benchmarks.contains($0.question.benchmark) }
    let clips = try ClipLibrary(workspace, split: split, seed: seed)
    let byClip = OrderedDictionary(grouping: items, by: \.sceneIndex)
    let scenes = Array(byClip.keys)
    let model = try student.instantiate()
    let choices = try parts.map(
      scenes.count, "scoring \(label)", unit: "clips", coding: Self.choiceCoding
    ) { place in
      let video = try student.vision(try clips.clip(scenes[place]))
      return try withoutGradients {
        let features = try model.visionFeatures(video)
        return try (byClip[scenes[place]] ?? []).map { item in
          try scoring.choice(item.question, student, model, video, features: features)
        }
      }
    }
    return BenchmarkScores(
      zip(scenes, choices).flatMap { scene, choices in
        zip(byClip[scene] ?? [], choices).map { ($0.question, $1) }
      })
  }

  /// The choices of one clip's questions, a line each; `-` where the answer names no option.
  private static let choiceCoding = PartCoding<[Int?]>(
    encode: { choices in
      Data(choices.map { ($0.map(String.init) ?? "-") + "\n" }.joined().utf8)
    },
    decode: { data in
      String(decoding: data, as: UTF8.self).split(separator: "\n").map { Int($0) }
    })
}

extension BenchmarkScores {
  /// Overall and average of each benchmark, the mean over tasks that name an object, the share of
  /// answers that name no option, and every task under `tasks`.
  func record(_ benchmarks: [QuestionBenchmark]) -> RecordValue {
    var fields: OrderedDictionary<String, Value> = [:]
    var single: OrderedDictionary<String, Value> = [:]
    for benchmark in benchmarks {
      fields["\(benchmark.rawValue)_overall"] = .float(overall(benchmark))
      fields["\(benchmark.rawValue)_average"] = .float(average(benchmark))
      for task in tasks where task.benchmark == benchmark {
        single["\(benchmark.rawValue).\(task.task)"] = .float(task.accuracy)
      }
    }
    fields["object_tasks"] = .float(objectTasks)
    fields["unread"] = .float(unread)
    fields["tasks"] = .record(of: single)
    return RecordValue(fields)
  }

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
