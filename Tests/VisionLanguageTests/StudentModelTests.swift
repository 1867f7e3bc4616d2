import Files
import Foundation
import JSON
import Layers
import Tensors
import Testing
import Tokenizers
import Video
import VisionLanguage

/// Students of both architectures, with small random weights.
enum SmallStudent: String, CaseIterable, Sendable {
  case qwen
  case internVL

  private static let words = ["what", "does", "the", "red", "circle", "do", "left", "right"]
  /// The first id after the bytes, words and merges of the small vocabulary.
  private static let specials = MiniVocabulary.specialTokens

  func student() throws -> StudentModel {
    try Folders.withTemporary(prefix: "merepl-student-") { folder in
      try MiniVocabulary(words: Self.words).writeBytePair(to: folder)
      if self == .internVL {
        // InternVL has two tokens around each tile.
        let file = "\(folder)/tokenizer_config.json"
        let text = try String(contentsOfFile: file, encoding: .utf8)
          .replacing("<|image_pad|>", with: "<img>")
          .replacing("<|video_pad|>", with: "</img>")
        try WholeFile.write(text: text, to: file)
      }
      let tokenizer = try TokenizerLoader.load(directory: folder)
      try WholeFile.write(
        text: configuration(tokenizer).serialized(), to: "\(folder)/config.json")
      return try StudentModel(
        directory: folder, tokenizer: tokenizer,
        random: StreamKey(seed: 4, command: "student", label: rawValue))
    }
  }

  private func configuration(_ tokenizer: any Tokenizer) -> JSONValue {
    func id(_ token: String) -> JSONValue { .int(tokenizer.id(of: token) ?? -1) }
    let size = JSONValue.int(tokenizer.vocabularySize + 1)
    switch self {
    case .qwen:
      return [
        "architectures": ["Qwen2_5_VLForConditionalGeneration"], "_frames": 4, "_frame_size": 16,
        "image_token_id": id("<|image_pad|>"), "video_token_id": id("<|video_pad|>"),
        "vision_start_token_id": id("<|vision_start|>"),
        "vision_end_token_id": id("<|vision_end|>"), "tie_word_embeddings": true,
        "text_config": [
          "vocab_size": size, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
          "num_attention_heads": 2, "num_key_value_heads": 1, "rms_norm_eps": 1e-6,
          "rope_parameters": [
            "mrope_section": [2, 1, 1], "rope_theta": 10_000.0, "rope_type": "default",
          ],
        ],
        "vision_config": [
          "depth": 1, "hidden_size": 16, "intermediate_size": 20, "num_heads": 2,
          "out_hidden_size": 16, "patch_size": 4, "temporal_patch_size": 2,
          "spatial_merge_size": 1, "window_size": 12, "fullatt_block_indexes": [0],
          "tokens_per_second": 2, "in_channels": 3,
        ],
      ]
    case .internVL:
      return [
        "architectures": ["InternVLForConditionalGeneration"], "_frames": 4,
        "image_token_id": .int(tokenizer.vocabularySize), "downsample_ratio": 0.5,
        "vision_config": [
          "hidden_size": 12, "num_attention_heads": 3, "num_hidden_layers": 1,
          "intermediate_size": 20, "image_size": 16, "patch_size": 4,
        ],
        "text_config": [
          "model_type": "qwen2", "vocab_size": size, "hidden_size": 16, "intermediate_size": 24,
          "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
          "rms_norm_eps": 1e-6, "rope_theta": 10_000.0,
        ],
      ]
    }
  }

  /// Tokens of each step of the grid: 4 x 4 patches, of which InternVL joins 2 x 2.
  var tokensPerFrame: Int { self == .qwen ? 16 : 4 }

  static func clip(frames: Int = 9) -> Clip {
    Clip(
      frames: frames, height: 24, width: 24,
      pixels: (0..<frames * 24 * 24 * 3).map { UInt8(truncatingIfNeeded: $0 * 37 + $0 / 500) },
      framesPerSecond: 8)
  }
}

@Suite("Students")
struct StudentModelTests {
  private let question = "what does the red circle do"

  @Test(arguments: SmallStudent.allCases)
  func samplesLabelTheAnswerAlone(_ kind: SmallStudent) throws {
    let student = try kind.student()
    let video = try student.vision(SmallStudent.clip())
    let sample = try student.sample(video, prompt: question, answer: "left")
    let answer = student.tokenizer.encode(" left", addSpecialTokens: false).ids
    let end = try #require(student.tokenizer.id(of: "<|im_end|>"))
    #expect(Array(sample.labels.suffix(answer.count + 1)) == answer + [end])
    #expect(sample.labels.dropLast(answer.count + 1).allSatisfy { $0 == -100 })
    #expect(sample.tokens.count == sample.labels.count)
    #expect(sample.binding == sample.tokens.count - answer.count - 2)
    // Each text token stands where its bytes are.
    for (place, span) in sample.text {
      let bytes = Array("\(question) left".utf8)[span]
      let own = student.tokenizer.decode([sample.tokens[place]], skipSpecialTokens: false)
      #expect(own == String(decoding: bytes, as: UTF8.self))
    }
  }

  @Test(arguments: SmallStudent.allCases)
  func everyVisionTokenHasItsPlaceholder(_ kind: SmallStudent) throws {
    let student = try kind.student()
    let model = try student.instantiate()
    let video = try student.vision(SmallStudent.clip())
    let sample = try student.sample(video, prompt: question, answer: "right")
    let layout = try model.layout(of: sample.input)
    let steps = student.architecture.frameCount / student.architecture.framesPerStep
    let grid = try #require(layout.visionGrid)
    #expect(grid.frames == steps && grid.cells == kind.tokensPerFrame)
    #expect(layout.visionColumns.count == grid.count)
    #expect(try model.visionFeatures(video).shape == [grid.count, 16])
  }

  /// The scores of answers are the sums of the log-probabilities that a full pass gives.
  @Test(arguments: SmallStudent.allCases)
  func likelihoodsEqualAFullPass(_ kind: SmallStudent) throws {
    let student = try kind.student()
    let model = try student.instantiate()
    let video = try student.vision(SmallStudent.clip())
    let features = try model.visionFeatures(video)
    let answers = ["left", "right", "the red circle"]
    let found = try student.logLikelihoods(
      of: answers, prompt: question, video, features: features, model)
    for (answer, score) in zip(answers, found) {
      let sample = try student.sample(video, prompt: question, answer: answer)
      let logs = try model.forward(sample.input).logits().logSoftmaxValues()
      let wanted = sample.labels.indices.dropFirst().reduce(0.0) { sum, at in
        sample.labels[at] == -100 ? sum : sum + Double(logs[at - 1, sample.labels[at]])
      }
      #expect(abs(score - wanted) < 1e-3, "\(answer): \(score), not \(wanted)")
    }
  }

  @Test(arguments: SmallStudent.allCases)
  func copiesAreTrainedApart(_ kind: SmallStudent) throws {
    let student = try kind.student()
    let (one, other) = (try student.instantiate(), try student.instantiate())
    #expect(one.store.parameters.allSatisfy { !$0.isTrainable })
    let parts = ModelPart.allCases.map { one.parameters(of: [$0]).count }
    #expect(parts.allSatisfy { $0 > 0 } && parts.reduce(0, +) == one.store.parameters.count)
    let parameter = try #require(one.parameters(of: [.decoder]).first)
    parameter.load(.zeros(parameter.shape))
    for (mine, entry) in zip(other.store.entries, student.weights) {
      #expect(mine.name == entry.name && mine.tensor.values == entry.tensor.values)
    }
    let changed = try student.with(one.store.entries).instantiate()
    #expect(changed.parameters(of: [.decoder])[0].data.values.allSatisfy { $0 == 0 })
  }

  @Test(arguments: SmallStudent.allCases)
  func weightsOfAnotherShapeAreRefused(_ kind: SmallStudent) throws {
    let student = try kind.student()
    var weights = student.weights
    weights[0].tensor = .zeros([1])
    #expect(throws: ConfigurationError.self) { try student.with(weights).instantiate() }
    #expect(throws: ConfigurationError.self) {
      try student.with(Array(weights.dropFirst())).instantiate()
    }
  }
}
