import Diagnostics
import Experiments
import Foundation
import JSON
import MiniWorld
import MotionEnhancer
import ScriptInterpreter
import Tensors
import Tokenizers
import Video
import VideoDiffusion
import VisionLanguage

/// Where the mini models' configurations and trained weights lie.
struct MiniModels {
  let root: String

  /// Words of the mini tokenizers.
  private static let words = "data/scenes/words.txt"
  static let diffusion = "data/models/cogvideox-mini"
  static let language = "data/models/qwen2.5-vl-mini"

  static func checkpoint(_ name: String) -> String { "\(checkpoints)/\(name)" }
  static let checkpoints = "data/checkpoints"

  /// The numbers of the checkpoints of a model that was trained from several seeds.
  func bases(of name: String) -> [Int] {
    let folder = "\(root)/\(Self.checkpoint(""))"
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return folders.compactMap { folder in
      folder.hasPrefix(name + "-") ? Int(folder.dropFirst(name.count + 1)) : nil
    }.sorted()
  }

  /// What a new model is made from: its configuration and the words of its tokenizer.
  struct Recipe: Sendable {
    let configuration: InputFiles
    let words: InputFiles

    var inputs: [InputFiles] { [configuration, words] }

    fileprivate func vocabulary() throws -> MiniVocabulary {
      let text = String(decoding: try words.read().bytes[""] ?? Data(), as: UTF8.self)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      // Every word is merged from its bytes, which takes the square of their number.
      if let long = lines.firstIndex(where: { $0.utf8.count > SceneLimits.wordBytes }) {
        throw CommandError(
          "\(words.name), line \(long + 1): the word has \(lines[long].utf8.count) bytes",
          suggestion: "use words of at most \(SceneLimits.wordBytes) bytes", exitCode: 5)
      }
      guard text.utf8.count <= SceneLimits.vocabularyBytes else {
        throw CommandError(
          "\(words.name): the word list has \(text.utf8.count) bytes",
          suggestion: "use at most \(SceneLimits.vocabularyBytes) bytes", exitCode: 5)
      }
      return MiniVocabulary(words: lines.map(String.init))
    }
  }

  /// - Parameter folder: ``diffusion`` or ``language``
  func recipe(_ folder: String) throws -> Recipe {
    Recipe(
      configuration: try InputFiles("\(root)/\(folder)", name: folder),
      words: try InputFiles("\(root)/\(Self.words)", name: Self.words))
  }
}

extension MiniModels.Recipe {
  /// A diffusion model with random weights, to be trained, and the files of its tokenizer.
  func freshDiffusion(
    seed: Int, in workspace: Workspace
  ) throws -> (model: VideoDiffusionModel, tokenizer: CheckpointFiles) {
    let tokenizer = try CheckpointFiles(
      writtenBy: { try vocabulary().writeUnigram(to: $0) }, in: workspace)
    let files = try configuration.read().adding(tokenizer, below: "tokenizer")
    let model = try files.withFolder(in: workspace, name: configuration.name) { folder in
      try VideoDiffusionModel(
        directory: folder, tokenizer: try TokenizerLoader.load(directory: "\(folder)/tokenizer")
      ) { component in
        .random(StreamKey(seed: seed, command: "initial", label: component))
      }
    }
    model.transformer.openGates()
    return (model, tokenizer)
  }

  /// A vision-language model with random weights.
  func freshStudent(key: StreamKey, in workspace: Workspace) throws -> LanguageBundle {
    let words = try vocabulary()
    let tokenizer = try CheckpointFiles(
      writtenBy: { try words.writeBytePair(to: $0) }, in: workspace)
    return try configuration.read().withFolder(in: workspace, name: configuration.name) { folder in
      let student = try StudentModel(
        directory: folder, tokenizer: words.bytePairTokenizer(), random: key.child("initial"))
      let text = try JSONNode(contentsOfFile: "\(folder)/config.json").value
        .serialized(pretty: true)
      return LanguageBundle(
        student, rest: tokenizer.adding(CheckpointFiles(["config.json": Data((text + "\n").utf8)])))
    }
  }
}
