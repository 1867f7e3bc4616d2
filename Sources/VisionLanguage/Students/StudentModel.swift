import Checkpoints
import JSON
import Layers
import Tensors
import Tokenizers
import Video

/// A vision-language model with its tokenizer: what is fine-tuned and scored. Immutable: training
/// begins with a copy of the weights (``instantiate()``).
public struct StudentModel: Sendable {
  public let architecture: any StudentArchitecture
  public let tokenizer: any Tokenizer
  public let weights: [(name: String, tensor: Tensor)]

  public init(
    _ architecture: any StudentArchitecture, tokenizer: any Tokenizer,
    weights: [(name: String, tensor: Tensor)]
  ) {
    self.architecture = architecture
    self.tokenizer = tokenizer
    self.weights = weights
  }

  /// Reads `config.json`, which names the architecture, and the weights of a folder.
  /// - Parameter key: for random weights instead of those of the folder
  public init(directory: String, tokenizer: any Tokenizer, random key: StreamKey? = nil) throws {
    architecture = try Self.architecture(JSONNode(contentsOfFile: "\(directory)/config.json"))
    self.tokenizer = tokenizer
    if let key {
      weights = try architecture.makeModel(.random(key)).store.entries
    } else {
      let file = try CheckpointDirectory(directory)
      weights = try file.names.map { ($0, try file.tensor($0)) }
    }
  }

  private static func architecture(_ json: JSONNode) throws -> any StudentArchitecture {
    let names = try json.find("architectures")?.asArray().map { try $0.asString() } ?? []
    let isInternVL = names.contains(InternVL.className) || names.contains("InternVLChatModel")
    return isInternVL ? try InternVLStudent(json) : try QwenStudent(json)
  }

  /// The same model with other weights.
  public func with(_ weights: [(name: String, tensor: Tensor)]) -> StudentModel {
    StudentModel(architecture, tokenizer: tokenizer, weights: weights)
  }

  /// A copy that may be trained; frozen at first.
  public func instantiate() throws -> any VisionLanguageModel {
    let byName = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) })
    let model = try architecture.makeModel(
      .lookup { name, shape in
        guard let tensor = byName[name], tensor.shape == shape else {
          throw architecture.error(
            name, "expected shape \(shape), found \(byName[name]?.shape.description ?? "none")")
        }
        return tensor
      })
    model.store.freeze()
    return model
  }

  // MARK: - Inputs

  /// A clip as the vision tower takes it.
  public func vision(_ clip: Clip) throws -> VisionInput { try architecture.vision(clip) }

  /// `<vision> prompt answer <end>`: the prompt ends in the word that predicts the answer.
  public func sample(_ video: VisionInput, prompt: String, answer: String) throws -> TuningSample {
    guard let end = tokenizer.id(of: "<|im_end|>") else {
      throw architecture.error("tokenizer", "no <|im_end|> token")
    }
    var tokens = try architecture.tokens(of: video, tokenizer)
    var labels = [Int](repeating: -100, count: tokens.count)
    var text: [(place: Int, span: Range<Int>)] = []
    let sentence = answer.isEmpty ? prompt : "\(prompt) \(answer)"
    let encoding = tokenizer.encode(sentence, addSpecialTokens: false)
    let answerStart = prompt.utf8.count
    var binding = tokens.count
    for (id, span) in zip(encoding.ids, encoding.spans) {
      let isAnswer = span.upperBound > answerStart
      if !isAnswer { binding = tokens.count }
      text.append((tokens.count, span))
      tokens.append(id)
      labels.append(isAnswer ? id : -100)
    }
    tokens.append(end)
    labels.append(end)
    return TuningSample(
      video: video, tokens: tokens, labels: labels, text: text, binding: binding)
  }
}

extension StudentModel {
  /// How likely the model finds each of some answers, the end of the text included. The clip and
  /// the prompt are read once.
  /// - Parameters:
  ///   - features: of `video`, as the model's `visionFeatures` gives them
  ///   - model: what ``instantiate()`` gave
  public func logLikelihoods(
    of answers: [String], prompt: String, _ video: VisionInput, features: Tensor,
    _ model: any VisionLanguageModel
  ) throws -> [Double] {
    let samples = try answers.map { try sample(video, prompt: prompt, answer: $0) }
    guard let first = samples.first else { return [] }
    let question = PreparedInput(tokens: Array(first.tokens[...first.binding]), videos: [video])
    return try model.scores(
      of: samples.map { Array($0.tokens[($0.binding + 1)...]) }, after: question,
      features: features
    ).map(\.sum)
  }

  /// What the model writes after a prompt, likeliest token by likeliest token.
  public func reply(
    to prompt: String, _ video: VisionInput, features: Tensor, _ model: any VisionLanguageModel,
    maxNewTokens: Int
  ) throws -> String {
    let asked = try sample(video, prompt: prompt, answer: "")
    let written = try model.generate(
      PreparedInput(tokens: asked.tokens.dropLast(), videos: [video]), features: features,
      maxNewTokens: maxNewTokens, stop: Set(asked.tokens.suffix(1)))
    return tokenizer.decode(written, skipSpecialTokens: true)
  }
}
