import Checkpoints
import Commands
import Diagnostics
import Foundation
import JSON
import ModelTools
import ScriptInterpreter
import Tensors
import TestSupport
import Testing

/// Every number of every configuration, replaced by numbers that nobody means: `merepl forward` and
/// `merepl preprocess` end in words, whatever they say.
@Suite(.serialized) struct AbsurdNumberTests {
  private let folder = ScratchFolder()

  private static let pipeline = ForwardTests.pipeline
  private static let numbers: [JSONValue] = [
    .int(.max), .int(-1), .int(0), .int(1_000_003), .double(1e308), .double(-0.5),
  ]

  private static let internVL: JSONValue = [
    "architectures": ["InternVLForConditionalGeneration"], "downsample_ratio": 0.5,
    "image_token_id": 5, "vision_feature_layer": -1,
    "vision_config": [
      "hidden_size": 8, "num_attention_heads": 2, "num_hidden_layers": 1, "image_size": 16,
      "patch_size": 4, "intermediate_size": 8, "num_channels": 3, "layer_norm_eps": 1e-6,
      "layer_scale_init_value": 0.1, "initializer_range": 0.02,
    ],
    "text_config": [
      "hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 2, "vocab_size": 10,
      "num_hidden_layers": 1, "intermediate_size": 8, "max_window_layers": 1,
      "use_sliding_window": true, "sliding_window": 4, "rms_norm_eps": 1e-6, "pad_token_id": 0,
      "max_position_embeddings": 64,
      "rope_parameters": [
        "rope_theta": 10000.0, "rope_type": "yarn", "factor": 2.0, "beta_fast": 32.0,
        "attention_factor": 1.0,
      ],
    ],
  ]

  /// The places of all numbers of a document.
  private static func places(_ value: JSONValue, _ path: [String] = []) -> [[String]] {
    switch value {
    case .int, .double: return [path]
    case .object(let members): return members.flatMap { places($1, path + [$0]) }
    case .array(let elements):
      return elements.enumerated().flatMap { places($1, path + ["\($0)"]) }
    default: return []
    }
  }

  private static func replacing(
    _ value: JSONValue, _ path: ArraySlice<String>, with new: JSONValue
  ) -> JSONValue {
    guard let first = path.first else { return new }
    switch value {
    case .object(var members):
      members[first] = replacing(members[first] ?? .null, path.dropFirst(), with: new)
      return .object(members)
    case .array(var elements):
      let index = Int(first) ?? 0
      elements[index] = replacing(elements[index], path.dropFirst(), with: new)
      return .array(elements)
    default: return value
    }
  }

  private static let cases: [(String, JSONValue?, [SafetensorsWriter.Entry])] = [
    (ForwardTests.t5, nil, [.init("input_ids", shape: [1, 2], integers: [3, 4])]),
    (ForwardTests.qwen, nil, [.init("input_ids", shape: [1, 2], integers: [3, 4])]),
    (ForwardTests.t5, internVL, [.init("input_ids", shape: [1, 2], integers: [3, 4])]),
    (pipeline + "/vae", nil, [.init("z", Tensor.zeros([1, 8, 1, 2, 2]))]),
    (
      pipeline + "/transformer", nil,
      [
        .init("hidden_states", Tensor.zeros([1, 2, 8, 4, 6])),
        .init("encoder_hidden_states", Tensor.zeros([1, 3, 64])),
        .init("timestep", shape: [], integers: [7]),
      ]
    ),
  ]

  @Test(arguments: cases.indices)
  func everyNumberOfAConfiguration(_ index: Int) throws {
    let (model, other, entries) = Self.cases[index]
    for name in try FileManager.default.contentsOfDirectory(atPath: model)
    where name != "config.json" {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(name), withDestinationPath: "\(model)/\(name)")
    }
    try SafetensorsWriter.write(entries, to: folder.path("in"))
    let good = try other ?? JSONNode(contentsOfFile: "\(model)/config.json").value
    let places = Self.places(good)
    #expect(places.count > 5)
    for place in places {
      for number in Self.numbers {
        let changed = Self.replacing(good, place[...], with: number)
        try folder.write("config.json", changed.serialized())
        let command = ForwardCommand(
          model: folder.path, input: folder.path("in"), output: folder.path("out"))
        let started = processorTime()
        do {
          _ = try command.run(progress: LoRATests.quiet)
        } catch {
          let status = (error as? any ExitCoded)?.exitCode
          #expect([1, 4, 5].contains(status), "\(place) \(number): \(error)")
        }
        let seconds = processorTime() - started
        #expect(seconds < 10, "\(place) \(number): \(seconds) s")
      }
    }
  }

  @Test(
    arguments: [
      ("num_hidden_layers", JSONValue.int(10_001), "10001 is above the limit of 10000"),
      ("num_hidden_layers", .int(1_000_000_000), "above the limit of 10000"),
      ("num_hidden_layers", .int(.max), "above the limit of 10000"),
      ("vision_config.depth", .int(.max), "vision_config.depth"),
      ("vision_config.spatial_merge_size", .int(.max), "vision_config.spatial_merge_size"),
    ] as [(String, JSONValue, String)])
  func layersAreRefusedAtOnce(_ key: String, _ value: JSONValue, _ words: String) throws {
    let model = ForwardTests.qwen
    var path = key.split(separator: ".").map(String.init)
    let good = try JSONNode(contentsOfFile: "\(model)/config.json").value
    if path.count == 1, good["text_config"] != nil { path.insert("text_config", at: 0) }
    try folder.write(
      "config.json", Self.replacing(good, path[...], with: value).serialized())
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("model.safetensors"),
      withDestinationPath: "\(model)/model.safetensors")
    try SafetensorsWriter.write(Self.cases[1].2, to: folder.path("in"))
    let started = processorTime()
    let error = #expect(throws: (any Error).self) {
      try ForwardCommand(
        model: folder.path, input: folder.path("in"), output: folder.path("out")
      ).run(progress: LoRATests.quiet)
    }
    #expect("\(error!)".contains(words), "\(error!)")
    #expect(processorTime() - started < 2)
  }

  @Test(
    arguments: [
      ("max_pixels", JSONValue.int(.max)), ("min_pixels", .int(.max)), ("min_pixels", .int(-1)),
      ("max_frames", .int(.max)), ("image_mean", [1e308, 0.5, 0.5]), ("size", ["longest_edge": -3]),
    ] as [(String, JSONValue)])
  func preprocessorSettings(_ key: String, _ value: JSONValue) throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: ForwardTests.qwen) {
      try FileManager.default.createSymbolicLink(
        atPath: folder.path(name), withDestinationPath: "\(ForwardTests.qwen)/\(name)")
    }
    try folder.write(
      "preprocessor_config.json", JSONValue(members: [(key, value)]).serialized())
    try SafetensorsWriter.write(
      [.init("frames", .uint8, shape: [1, 20, 20, 3], bytes: Array(repeating: 9, count: 1200))],
      to: folder.path("p.safetensors"))
    var command = PreprocessCommand(model: folder.path, output: folder.path("i.safetensors"))
    command.images = [folder.path("p.safetensors")]
    let error = #expect(throws: (any Error).self) { try command.run(progress: LoRATests.quiet) }
    #expect([4, 5].contains((error as? any ExitCoded)?.exitCode), "\(error!)")
  }
}
