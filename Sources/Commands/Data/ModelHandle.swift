import Checkpoints
import Experiments
import Foundation
import JSON
import MotionAlignment
import ScriptInterpreter
import Tensors
import Tokenizers
import Video
import VideoDiffusion

/// A model of either kind, in a file or still to be trained.
struct ModelHandle: StepBearing {
  enum Content: Sendable {
    case videoDiffusion(Deferred<DiffusionBundle>)
    case visionLanguage(Deferred<StudentModel>)
  }

  let name: String
  let content: Content
  /// Where its configuration lies; nil for models made by a script.
  var folder: String?

  let typeName = "model"
  var description: String { "model \"\(name)\"" }

  var steps: [any ResultStep] {
    switch content {
    case .videoDiffusion(let deferred): [deferred]
    case .visionLanguage(let deferred): [deferred]
    }
  }

  var contentHash: String {
    switch content {
    case .videoDiffusion(let deferred): deferred.key.hex
    case .visionLanguage(let deferred): deferred.key.hex
    }
  }

  func videoDiffusion() throws -> DiffusionBundle {
    guard case .videoDiffusion(let deferred) = content else {
      throw CommandError("\(description) is a vision-language model; a diffusion model is needed")
    }
    return try deferred.get()
  }

  func visionLanguage() throws -> StudentModel {
    guard case .visionLanguage(let deferred) = content else {
      throw CommandError("\(description) is a diffusion model; a vision-language model is needed")
    }
    return try deferred.get()
  }
}

/// A diffusion pipeline with the factor that its latents are scaled by.
struct DiffusionBundle: Sendable {
  let model: VideoDiffusionModel
  let scalingFactor: Float

  /// What the transformer sees of a clip, without gradients: `[1, frames, channels, height, width]`.
  func latents(of clip: Clip) -> Tensor {
    withoutGradients {
      model.vae.encode(model.video(clip)).mean.permuted([0, 2, 1, 3, 4]) * scalingFactor
    }
  }
}

/// Where the mini models' configurations and trained weights lie.
struct ModelFiles {
  let root: String

  /// Words of the mini tokenizers.
  func vocabulary() throws -> MiniVocabulary {
    let data = try Self.contents("\(root)/\(Self.words)")
    let words = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    return MiniVocabulary(words: words)
  }

  /// The mini T5 tokenizer, written out as files so that the one reader reads it.
  func unigramTokenizer() throws -> any Tokenizer {
    let folder = "\(root)/.merepl/tokenizers/unigram"
    try vocabulary().writeUnigram(to: folder)
    return try TokenizerLoader.load(directory: folder)
  }

  private static let diffusion = "data/models/cogvideox-mini"
  private static let language = "data/models/qwen2.5-vl-mini"
  private static let words = "data/scenes/words.txt"
  /// What a new model is made from, by path in the project.
  static let newDiffusion = [diffusion, words]
  static let newStudent = [language, words]

  var diffusionConfiguration: String { "\(root)/\(Self.diffusion)" }
  var languageConfiguration: String { "\(root)/\(Self.language)" }
  func checkpoint(_ name: String) -> String { "\(root)/data/checkpoints/\(name)" }

  /// The numbers of the checkpoints of a model that was trained from several seeds.
  func bases(of name: String) -> [Int] {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: checkpoint(""))) ?? []
    return folders.compactMap { folder in
      folder.hasPrefix(name + "-") ? Int(folder.dropFirst(name.count + 1)) : nil
    }.sorted()
  }

  /// SHA-256 of a file, or over the files of a folder by relative path.
  static func hash(_ path: String) throws -> ContentHash {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return try exists && isFolder.boolValue ? hash(folder: path) : ContentHash(of: contents(path))
  }

  private static func contents(_ path: String) throws -> Data {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw CommandError("\(path) is missing or cannot be read", exitCode: 5)
    }
    return data
  }

  private static func hash(folder: String) throws -> ContentHash {
    guard let walker = FileManager.default.enumerator(atPath: folder) else {
      throw CommandError("\(folder) cannot be read", exitCode: 5)
    }
    var encoder = CanonicalEncoder()
    for path in walker.compactMap({ $0 as? String }).sorted(by: {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }) {
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(path)") else { continue }
      encoder.encode(path)
      encoder.encode(ContentHash(of: data).hex)
    }
    return encoder.digest
  }
}
