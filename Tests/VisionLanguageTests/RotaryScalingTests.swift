import Foundation
import JSON
import Tensors
import Testing
import VisionLanguage

/// Against transformers (Tests/Reference/rotary_scaling.py), and what a section must hold.
@Suite struct RotaryScalingTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let node: JSONNode
    var testDescription: String { (try? node.object("config").value.serialized()) ?? "" }
  }

  static let cases: [Case] = {
    let path = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/rotary-scaling.json").path(percentEncoded: false)
    return (try? JSONNode(contentsOfFile: path).asArray().map(Case.init)) ?? []
  }()

  static func configuration(_ text: JSONNode) throws -> DecoderConfiguration {
    try InternVL.Configuration(
      JSONNode([
        "vision_config": ["hidden_size": 12, "num_attention_heads": 3], "text_config": text.value,
      ])
    ).text
  }

  @Test func thereAreCases() { #expect(Self.cases.count == 38) }

  @Test(arguments: cases)
  func tables(_ reference: Case) throws {
    let text = try Self.configuration(reference.node.object("config"))
    let rotary = MultimodalRotary(
      headDim: text.headDim, theta: text.ropeTheta, scaling: text.rotaryScaling)
    let positions = try reference.node.ints("positions")
    let (cosines, sines) = rotary.tables(positions.map { RotaryPosition(repeating: $0) })
    for (name, found) in [("cosines", cosines), ("sines", sines)] {
      let wanted = try reference.node.doubles(name).map(Float.init)
      expectClose(found, Tensor(shape: found.shape, values: wanted), 2e-5, name)
    }
  }

  /// The longest sample of a batch decides for all.
  @Test func lengthOfTheBatch() throws {
    let text = try Self.configuration(
      JSONNode([
        "hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 2,
        "rope_scaling": [
          "rope_type": "longrope", "short_factor": [1, 1], "long_factor": [2, 2],
          "original_max_position_embeddings": 8, "attention_factor": 1,
        ],
      ]))
    let rotary = MultimodalRotary(headDim: 4, theta: 100, scaling: text.rotaryScaling)
    let place = [RotaryPosition(repeating: 4)]
    let half = [RotaryPosition(repeating: 2)]
    #expect(rotary.tables(place).cosines.values != rotary.tables(half).cosines.values)
    #expect(
      rotary.tables(place, rowLength: 9).cosines.values == rotary.tables(half).cosines.values)
    #expect(
      rotary.tables(place, rowLength: 8).cosines.values == rotary.tables(place).cosines.values)
  }

  @Test(
    arguments: [
      (["rope_type": "snail"], "rope_type"),
      (["rope_type": "mrope"], "rope_type"),
      (["rope_type": "linear", "factor": 0], "rope_scaling.factor"),
      (["rope_type": "yarn"], "factor"),
      (["rope_type": "yarn", "factor": 2, "beta_fast": -1], "rope_scaling.beta_fast"),
      (["rope_type": "yarn", "factor": 2, "rope_theta": 1], "rope_scaling.rope_theta"),
      (
        ["rope_type": "yarn", "factor": 2, "original_max_position_embeddings": 0],
        "rope_scaling.original_max_position_embeddings"
      ),
      (["rope_type": "llama3", "factor": 2, "high_freq_factor": 4], "low_freq_factor"),
      (
        ["rope_type": "llama3", "factor": 2, "low_freq_factor": 4, "high_freq_factor": 4],
        "rope_scaling.high_freq_factor"
      ),
      (["rope_type": "longrope", "short_factor": [1, 1]], "long_factor"),
      (
        ["rope_type": "longrope", "short_factor": [1, 1, 1], "long_factor": [1, 1]],
        "rope_scaling.short_factor: 3 numbers; expected half of headDim, 2"
      ),
      (
        ["rope_type": "longrope", "short_factor": [1, 1], "long_factor": [1, -1]],
        "rope_scaling.long_factor"
      ),
      (["rope_type": "yarn", "factor": 2, "partial_rotary_factor": 0.5], "partial_rotary_factor"),
    ] as [(JSONValue, String)])
  func rejects(_ section: JSONValue, _ words: String) throws {
    let error = #expect(throws: (any Error).self) {
      try Self.configuration(
        JSONNode([
          "hidden_size": 16, "num_attention_heads": 4, "num_key_value_heads": 2,
          "rope_scaling": section,
        ]))
    }
    #expect("\(try #require(error))".contains(words))
  }

  /// Qwen2.5-VL reads its sections beside the scaling, also from the published flat layout.
  @Test func multimodalSections() throws {
    var members = try QwenConfigurationTests.flat.asObject()
    members["rope_scaling"] = [
      "type": "yarn", "factor": 4, "original_max_position_embeddings": 64,
      "mrope_section": [2, 1, 1],
    ]
    let text = try Qwen25VL.Configuration(JSONNode(.object(members))).text
    guard case .yarn(let yarn) = text.rotaryScaling else {
      Issue.record("no yarn in \(text)")
      return
    }
    #expect(yarn.factor == 4 && yarn.originalLength == 64)
    #expect(text.rotarySections == [2, 1, 1])
  }
}
