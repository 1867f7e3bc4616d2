import Canonical
import Diagnostics
import Experiments
import MiniWorld
import ScriptChecker
import ScriptInterpreter
import Tensors
import Video

/// A number of clips of one split of the mini world, each with one text to train on.
struct DatasetHandle: HandleValue {
  let name: String
  let split: String
  let count: Int
  let seed: Int
  let scenes: SceneDataset
  let clips: ClipLibrary
  let contentHash: String

  init(
    _ name: String, split: String, count: Int, seed: Int, in workspace: Workspace
  ) throws {
    self.name = name
    self.split = split
    self.count = count
    self.seed = seed
    scenes = try SceneDataset(workspace.world, seed: seed, split: split)
    guard count <= scenes.count else {
      throw CommandError(
        "the split \"\(split)\" has \(counted(scenes.count, "clip")); \(count) requested")
    }
    clips = try ClipLibrary(workspace, split: split, seed: seed)
    contentHash =
      ContentHash(
        of: Array("\(workspace.worldHash.hex) \(split) \(count) \(seed)".utf8)
      ).hex
  }

  let typeName = "dataset"
  var description: String { "dataset \"\(name)\": \(counted(count, "clip")) of split \(split)" }

  /// What a model is given of each clip, made when it is first asked for and kept in memory as far
  /// as there is room.
  /// - Parameter bytes: what a value takes
  func prepared<T: Sendable>(
    bytes: @escaping @Sendable (T) -> Int, _ body: @escaping @Sendable (Clip) throws -> T
  ) -> ClipSequence<T> {
    ClipSequence(count: count) { [clips] in try body(try clips.clip($0)) }
      .remembered(size: bytes)
  }

  /// The question with its answer that belongs to clip `index`.
  func question(_ index: Int) throws -> SceneText {
    var stream = RandomStream(
      StreamKey(seed: seed, command: "dataset", label: split, index: index))
    return try scenes.trainingText(at: index, kind: .question, stream: &stream)
  }
}

/// A benchmark by its constant in scripts.
struct BenchmarkHandle: HandleValue {
  let benchmark: QuestionBenchmark

  static let constants = QuestionBenchmark.allCases.map {
    ConstantSignature(
      $0.rawValue, .handle("benchmark"), "questions of the six \($0.rawValue) task types")
  }

  init?(constant name: String) {
    guard let benchmark = QuestionBenchmark(rawValue: name) else { return nil }
    self.benchmark = benchmark
  }

  let typeName = "benchmark"
  var contentHash: String { "benchmark:\(benchmark.rawValue)" }
  var description: String { benchmark.rawValue }
}
