import Checkpoints
import Foundation
import JSON
import Layers
import Tensors
import Testing
import VisionLanguage

/// One case written by Tests/Reference/internvl.py.
struct InternVLFixture {
  static let names = [
    "internvl-tiles", "internvl-resized", "internvl-oblong", "internvl-full", "internvl-dynamic",
    "internvl-yarn", "internvl-original",
  ]

  let file: SafetensorsFile
  let model: InternVL.Model
  let batch: InternVL.PaddedBatch

  init(_ name: String) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    func path(_ suffix: String) -> String {
      folder.appending(path: name + suffix).path(percentEncoded: false)
    }
    let file = try SafetensorsFile(path(".safetensors"))
    self.file = file
    let configuration = try InternVL.Configuration(
      JSONNode(contentsOfFile: path(".json")).object("config"))
    let weights = file.names.filter { $0.hasPrefix("weight.") }.map { String($0.dropFirst(7)) }
    let model = try InternVL.Model(
      configuration,
      source: .lookup { key, shape in
        let found = try file.tensor("weight." + key)
        #expect(found.shape == shape, "\(key)")
        return found
      },
      naming: InternVL.Naming(names: weights))
    #expect(Set(model.store.parameters.map(\.name)) == Set(weights))
    self.model = model
    func rows(_ key: String) throws -> [[Int]]? {
      guard let shape = file.find(key)?.shape else { return nil }
      let values = try file.integers(key)
      return (0..<shape[0]).map { Array(values[$0 * shape[1]..<($0 + 1) * shape[1]]) }
    }
    batch = try InternVL.PaddedBatch(
      configuration, ids: rows("in.input_ids") ?? [],
      mask: rows("in.attention_mask").map { $0.map { $0.map { $0 != 0 } } },
      labels: rows("in.labels"),
      pixels: file.find("in.pixel_values") == nil ? nil : file.tensor("in.pixel_values"))
  }
}

/// Against transformers on tiny random configurations, every element.
@Suite struct InternVLParityTests {
  @Test(arguments: InternVLFixture.names)
  func features(_ name: String) throws {
    let fixture = try InternVLFixture(name)
    let expected = try fixture.file.tensor("out.features")
    let found = Tensor.concatenate(
      try fixture.batch.samples.flatMap(\.input.images).map {
        try fixture.model.visionFeatures($0)
      }, axis: 0)
    expectClose(
      found, expected.reshaped([-1, expected.shape[2]]), QwenParityTests.forwardTolerance,
      "features")
  }

  @Test(arguments: InternVLFixture.names)
  func logitsAndAttention(_ name: String) throws {
    let fixture = try InternVLFixture(name)
    let logits = try fixture.file.tensor("out.logits")  // [batch, tokens, vocabulary]
    for (row, sample) in fixture.batch.samples.enumerated() {
      let (pass, maps) = try fixture.model.attentionMaps(sample.input)
      let wanted = logits.slice(0, row..<row + 1).reshaped([logits.shape[1], logits.shape[2]])
        .rows(sample.places)
      expectClose(
        pass.logits(), wanted, QwenParityTests.forwardTolerance, "logits of sample \(row)")
      let (keys, values) = (maps.shape[3], maps.values)
      for (index, line) in stride(from: 0, to: maps.count, by: keys).enumerated() {
        let sum = (line..<line + keys).reduce(Float(0)) { $0 + values[$1] }
        #expect(abs(sum - 1) <= 1e-5, "attention row \(index)")
      }
      if fixture.batch.samples.count == 1 {
        expectClose(
          maps, try fixture.file.tensor("out.attentions"), QwenParityTests.forwardTolerance,
          "attentions")
      }
    }
  }

  @Test(arguments: InternVLFixture.names)
  func lossAndGradients(_ name: String) throws {
    let fixture = try InternVLFixture(name)
    let samples = fixture.batch.samples
    let kept = samples.map { ForwardPass.rowsPredicting($0.labels).count }
    let gradients = Gradients()
    var loss = Tensor(0)
    for (sample, count) in zip(samples, kept) {
      let (own, _) = try fixture.model.forward(sample.input, labels: sample.labels)
      let share = own * (Float(count) / Float(kept.reduce(0, +)))
      loss = loss + share
      gradients.backward(from: share)
    }
    expectClose(
      loss, try fixture.file.tensor("out.loss"), QwenParityTests.forwardTolerance, "loss")
    for parameter in fixture.model.store.parameters {
      let key = "grad." + parameter.name
      guard fixture.file.find(key) != nil else {
        #expect(gradients[parameter] == nil, "\(parameter.name) should have no gradient")
        continue
      }
      let found = try #require(gradients[parameter], "no gradient of \(parameter.name)")
      let expected = try fixture.file.tensor(key)
      // A bias of all keys changes no softmax: its gradient is nothing but rounding.
      if parameter.name.hasSuffix("k_proj.bias"), expected.values.allSatisfy({ abs($0) < 1e-6 }) {
        #expect(found.values.allSatisfy { abs($0) < 1e-6 }, "gradient of \(parameter.name)")
        continue
      }
      expectClose(
        found, expected, QwenParityTests.gradientTolerance, "gradient of \(parameter.name)")
    }
  }

  @Test func fractionalPositions() throws {
    let fixture = try InternVLFixture("internvl-tiles")
    var configuration = fixture.model.configuration
    configuration.positionUnit = 4
    let layout = try configuration.layout(of: fixture.batch.samples[0].input)
    // Three words, four vision tokens, two words, four vision tokens, four words.
    #expect(
      layout.positions.map(\.x)
        == [0, 4, 8, 9, 10, 11, 12, 16, 20, 21, 22, 23, 24, 28, 32, 36, 40])
    #expect(layout.nextPosition == 44)
    let rotary = MultimodalRotary(headDim: 4, theta: 100)
    let quarter = rotary.tables([RotaryPosition(repeating: 8)], unit: 4)
    let whole = rotary.tables([RotaryPosition(repeating: 2)])
    #expect(quarter.cosines.values == whole.cosines.values)
    #expect(quarter.sines.values == whole.sines.values)
  }

  @Test func wrongNumberOfPlaceholders() throws {
    let fixture = try InternVLFixture("internvl-tiles")
    let pixels = try fixture.file.tensor("in.pixel_values")
    for ids in [[1, 40, 40], [1, 2, 3], [Int](repeating: 40, count: 12)] {
      #expect(throws: VisionLanguageError.self) {
        try InternVL.PaddedBatch(fixture.model.configuration, ids: [ids], pixels: pixels)
      }
    }
    let outside = PreparedInput(tokens: [1, 44])
    #expect(throws: VisionLanguageError.self) { try fixture.model.forward(outside) }
  }

  @Test(
    arguments: [
      ("vision_config", "hidden_act", "snake", "vision_config.hidden_act"),
      ("vision_config", "norm_type", "batch", "vision_config.norm_type"),
      ("text_config", "model_type", "llama", "text_config.model_type"),
      ("text_config", "rope_scaling", ["rope_type": "snail"], "rope_scaling.rope_type"),
      ("text_config", "num_key_value_heads", 3, "num_key_value_heads (3)"),
      (nil, "downsample_ratio", 0.4, "downsample_ratio"),
      (nil, "vision_feature_layer", 99, "vision_feature_layer"),
      (nil, "vision_feature_select_strategy", "some", "vision_feature_select_strategy"),
      (nil, "model_type", "llava", "model_type"),
    ] as [(String?, String, JSONValue, String)])
  func rejects(_ section: String?, _ key: String, _ value: JSONValue, _ words: String) throws {
    var vision: JSONValue = ["hidden_size": 12, "num_attention_heads": 3]
    var text: JSONValue = ["hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 2]
    var top: JSONValue = [:]
    func set(_ object: inout JSONValue) {
      guard case .object(var members) = object else { return }
      members[key] = value
      object = .object(members)
    }
    switch section {
    case "vision_config": set(&vision)
    case "text_config": set(&text)
    default: set(&top)
    }
    guard case .object(var members) = top else { return }
    (members["vision_config"], members["text_config"]) = (vision, text)
    let error = #expect(throws: ConfigurationError.self) {
      try InternVL.Configuration(JSONNode(.object(members)))
    }
    #expect(try #require(error).description.contains(words), "\(String(describing: error))")
  }
}
