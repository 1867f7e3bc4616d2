import Foundation
import Tensors
import Tokenizers
import VideoDiffusion
import VisionLanguage

/// The mini models with random weights, from the configurations in the repository. The same seed
/// every time, so that a model that was trained can be had anew.
struct MiniModels {
  static let key = StreamKey(seed: 0, command: "benchmark")
  /// The repository's `data` folder.
  let folder: String
  private let words: [String]
  private let tokenizer: any Tokenizer

  init(data folder: String) throws {
    self.folder = folder
    let path = "\(folder)/scenes/words.txt"
    guard let text = FileManager.default.contents(atPath: path) else {
      throw BenchmarkError("\(path) is missing; --data names the repository's data folder")
    }
    words = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
      .filter { $0.allSatisfy(\.isLetter) }
    tokenizer = try MiniVocabulary(words: words).unigramTokenizer()
  }

  /// The diffusion pipeline, with open gates as in pretraining.
  func diffusion() throws -> VideoDiffusionModel {
    let model = try VideoDiffusionModel(
      directory: "\(folder)/models/cogvideox-mini", tokenizer: tokenizer
    ) { .random(Self.key.child("initial-\($0)")) }
    model.transformer.openGates()
    model.freeze()
    return model
  }

  func languageConfiguration() throws -> Qwen25VL.Configuration {
    try Qwen25VL.Configuration(contentsOfFile: "\(folder)/models/qwen2.5-vl-mini/config.json")
  }

  /// The vision-language model under the names of the reference library.
  func language() throws -> Qwen25VL.Model {
    let model = try Qwen25VL.Model(
      languageConfiguration(), source: .random(Self.key.child("initial-language")),
      naming: .nested)
    model.store.freeze()
    return model
  }

  /// A text of random words that is `tokens` tokens long, the closing one included.
  func text(tokens: Int, index: Int) throws -> (text: String, ids: [Int]) {
    var stream = RandomStream(Self.key.child("text", index))
    let text = (1..<tokens).map { _ in stream.pick(words) }.joined(separator: " ")
    let ids = tokenizer.encode(text).ids
    guard ids.count == tokens else {
      throw BenchmarkError("\"\(text)\" is \(ids.count) tokens and not \(tokens)")
    }
    return (text, ids)
  }

  /// Latents of a clip whose frames have `side` pixels: `[1, 5, 8, side / 2, side / 2]`.
  static func latents(side: Int, index: Int) -> Tensor {
    .normal([1, 5, 8, side / 2, side / 2], key: key.child("latents", index))
  }
}
