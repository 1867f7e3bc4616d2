import Checkpoints
import Commands
import Diagnostics
import Foundation
import JSON
import ModelTools
import ScriptInterpreter
import Tensors
import Testing

/// Folders of models that are damaged or do not fit: `merepl forward` says which file and key, ends
/// with status 5 and writes nothing.
@Suite struct BadModelTests {
  private let folder = ScratchFolder()

  /// Copies a model's folder, with another configuration if `change` makes one.
  private func copy(_ model: String, _ change: (inout JSONValue) throws -> Void = { _ in }) throws {
    let files = FileManager.default
    for name in try files.contentsOfDirectory(atPath: model) {
      try files.copyItem(atPath: "\(model)/\(name)", toPath: folder.path(name))
    }
    var configuration = try JSONNode(contentsOfFile: "\(model)/config.json").value
    try change(&configuration)
    try folder.write("config.json", configuration.serialized())
  }

  /// Sets a member of an object, or of one inside it: `vision_config.hidden_act`.
  private func set(_ path: String, _ value: JSONValue, in object: inout JSONValue) throws {
    var members = try object.asObject()
    let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
    if parts.count == 1 {
      members[path] = value
    } else {
      var inner = members[parts[0]] ?? [:]
      try set(parts[1], value, in: &inner)
      members[parts[0]] = inner
    }
    object = .object(members)
  }

  /// Runs the folder's model and expects it to fail.
  private func expect(
    _ words: [String], _ entries: [SafetensorsWriter.Entry]? = nil, status: Int32 = 5,
    _ location: Testing.SourceLocation = #_sourceLocation
  ) throws {
    let ids = SafetensorsWriter.Entry("input_ids", shape: [1, 2], integers: [3, 4])
    try SafetensorsWriter.write(entries ?? [ids], to: folder.path("in"))
    let command = ForwardCommand(
      model: folder.path, input: folder.path("in"), output: folder.path("out"))
    do {
      _ = try command.run(progress: LoRATests.quiet)
      Issue.record("no error", sourceLocation: location)
    } catch {
      let (found, message) = ((error as? any ExitCoded)?.exitCode, "\(error)")
      #expect(found == status, "\(message)", sourceLocation: location)
      for word in words { #expect(message.contains(word), sourceLocation: location) }
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(!names.contains { $0.hasPrefix("out") || $0.hasPrefix(".out") }, "\(names)")
  }

  // MARK: Configurations

  @Test(
    arguments: [
      (ForwardTests.t5, "dense_act_fn", "snake", "dense_act_fn"),
      (ForwardTests.qwen, "vision_config.hidden_act", "snake", "vision_config.hidden_act"),
      (ForwardTests.qwen, "text_config.hidden_act", "snake", "text_config.hidden_act"),
      (
        ForwardTests.qwen, "text_config.rope_scaling", ["rope_type": "snail"],
        "text_config.rope_scaling.rope_type"
      ),
      (
        ForwardTests.qwen, "text_config.rope_scaling",
        ["rope_type": "yarn", "mrope_section": [2, 3, 3]], "factor"
      ),
      (ForwardTests.pipeline + "/vae", "act_fn", "snake", "act_fn"),
      (ForwardTests.pipeline + "/transformer", "activation_fn", "snake", "activation_fn"),
      (ForwardTests.pipeline + "/transformer", "norm_eps", "small", "norm_eps"),
    ] as [(String, String, JSONValue, String)])
  func configuration(_ model: String, _ key: String, _ value: JSONValue, _ word: String) throws {
    try copy(model) { try set(key, value, in: &$0) }
    let isVAE = model.hasSuffix("vae")
    let latents = [SafetensorsWriter.Entry("z", Tensor.zeros([1, 8, 1, 2, 2]))]
    let transformer = [
      SafetensorsWriter.Entry("hidden_states", Tensor.zeros([1, 2, 8, 4, 6])),
      .init("encoder_hidden_states", Tensor.zeros([1, 3, 64])),
      .init("timestep", shape: [], integers: [7]),
    ]
    try expect(
      [folder.path("config.json"), word],
      model.hasSuffix("transformer") ? transformer : isVAE ? latents : nil)
  }

  @Test func normOfInternViT() throws {
    try folder.write(
      "config.json",
      """
      {"architectures": ["InternVLForConditionalGeneration"],
       "vision_config": {"hidden_size": 8, "num_attention_heads": 2, "norm_type": "batch_norm"},
       "text_config": {"hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 2}}
      """)
    try SafetensorsWriter.write(
      [.init("a", Tensor.zeros([1]))], to: folder.path("model.safetensors"))
    try expect([folder.path("config.json"), "vision_config.norm_type", "batch_norm"])
  }

  // MARK: Weights

  private func t5Weights() throws -> [SafetensorsWriter.Entry] {
    let file = try SafetensorsFile(ForwardTests.t5 + "/model.safetensors")
    return try file.names.map { .init($0, try file.tensor($0)) }
  }

  /// The T5's weights in two shards with their index, which names what was there before `change`.
  private func shards(_ change: (inout [SafetensorsWriter.Entry]) -> Void = { _ in }) throws {
    try folder.write(
      "config.json", JSONNode(contentsOfFile: ForwardTests.t5 + "/config.json").value.serialized())
    var entries = try t5Weights()
    let names = entries.map(\.name)
    change(&entries)
    var map: [String] = []
    for (number, part) in [entries.prefix(3), entries.dropFirst(3)].enumerated() {
      let file = "model-0000\(number + 1)-of-00002.safetensors"
      try SafetensorsWriter.write(Array(part), to: folder.path(file))
      map += names[part.indices.clamped(to: names.indices)].map { "\"\($0)\": \"\(file)\"" }
    }
    try folder.write(
      "model.safetensors.index.json", "{\"weight_map\": {\(map.joined(separator: ", "))}}")
  }

  @Test func shardsOfAnIndex() throws {
    let second = "model-00002-of-00002.safetensors"
    try shards()
    let whole = try Data(contentsOf: URL(filePath: folder.path(second)))
    try whole.dropLast(10).write(to: URL(filePath: folder.path(second)))
    try expect([folder.path(second), "truncated"])
    try whole.prefix(5).write(to: URL(filePath: folder.path(second)))
    try expect([folder.path(second)])
    try FileManager.default.removeItem(atPath: folder.path(second))
    try expect([folder.path("model.safetensors.index.json"), "missing", second])
    // A tensor that the index does not name.
    try shards { $0.append(.init("extra.weight", Tensor.zeros([2]))) }
    try expect([folder.path, "unused (1):\n  extra.weight"])
    // A name that its shard does not have.
    try shards { $0.swapAt(0, $0.count - 1) }
    try expect([folder.path("model.safetensors.index.json"), "missing from the shard"])
  }

  @Test func everyKeyThatDoesNotFitIsListed() throws {
    try folder.write(
      "config.json", JSONNode(contentsOfFile: ForwardTests.t5 + "/config.json").value.serialized())
    var entries = try t5Weights()
    let first = entries.removeFirst()
    let shape = entries[0].shape
    entries[0] = .init(entries[0].name, Tensor.zeros([shape[0] + 1] + shape.dropFirst()))
    entries[1] = .init(
      entries[1].name, shape: entries[1].shape,
      integers: [Int](repeating: 1, count: entries[1].shape.product))
    entries.append(.init("extra.weight", Tensor.zeros([2])))
    try SafetensorsWriter.write(entries, to: folder.path("model.safetensors"))
    try expect([
      folder.path, "missing (1):\n  \(first.name)", "unused (1):\n  extra.weight",
      entries[0].name, "\(shape)", "\([shape[0] + 1] + shape.dropFirst())", entries[1].name, "I64",
    ])
  }

  // MARK: Inputs of vision-language models

  @Test func placeholdersAndFeaturesOfQwen() throws {
    let configuration = try CheckpointDirectory(ForwardTests.qwen).configuration()
    let image = try configuration.int("image_token_id")
    let vision = try configuration.object("vision_config")
    let patch = try vision.int("patch_size")
    let values = 3 * (try vision.int("temporal_patch_size")) * patch * patch
    let merge = try vision.int("spatial_merge_size")
    try copy(ForwardTests.qwen)
    for count in [0, 1, 3] {
      let ids = [3] + [Int](repeating: image, count: count) + [4]
      try expect(
        [folder.path("in"), "image", "2"],
        [
          .init("input_ids", shape: [1, ids.count], integers: ids),
          .init("pixel_values", Tensor.zeros([2 * merge * merge, values])),
          .init("image_grid_thw", shape: [1, 3], integers: [1, merge, 2 * merge]),
        ], status: 1)
    }
    try expect(
      [folder.path("in"), "video_grid_thw", "each 1 to 100000"],
      [
        .init("input_ids", shape: [1, 2], integers: [3, 4]),
        .init("pixel_values_videos", Tensor.zeros([0, values])),
        .init("video_grid_thw", shape: [1, 3], integers: [0, merge, merge]),
      ], status: 1)
  }

  @Test func tilesOfInternVLAndTheirPlaceholders() throws {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../VisionLanguageTests/Fixtures/internvl-tiles").path(percentEncoded: false)
    let json = try JSONNode(contentsOfFile: fixtures + ".json").object("config")
    var configuration = json.value
    try set("architectures", ["InternVLForConditionalGeneration"], in: &configuration)
    try folder.write("config.json", configuration.serialized())
    let file = try SafetensorsFile(fixtures + ".safetensors")
    let weights = file.names.filter { $0.hasPrefix("weight.") }
    try SafetensorsWriter.write(
      weights.map { .init(String($0.dropFirst(7)), try file.tensor($0)) },
      to: folder.path("model.safetensors"))
    let image = try json.int("image_token_id")
    for (count, word) in [
      (0, "for 0 of 1 tiles"), (3, "each tile of pixel_values needs 4"), (5, "row 0 has 5"),
      (12, "tiles remaining: 1"),
    ] {
      let ids = [3] + [Int](repeating: image, count: count) + [4]
      try expect(
        [folder.path("in"), "input_ids", "image token", "(id \(image))", word],
        [
          .init("input_ids", shape: [1, ids.count], integers: ids),
          .init("pixel_values", Tensor.zeros([1, 3, 16, 16])),
        ], status: 1)
    }
    try expect(
      [folder.path("in"), "pixel_values"],
      [
        .init("input_ids", shape: [1, 2], integers: [3, 4]),
        .init("pixel_values", Tensor.zeros([0, 3, 16, 16])),
      ], status: 1)
    for (side, words) in [
      (2, "0 x 0 patches"), (20, ": 5 x 5 is not"), (20, "pixels (image_size)"),
    ] {
      try expect(
        [folder.path("in"), "pixel_values: tiles of \(side) x \(side) pixels", words],
        [
          .init("input_ids", shape: [1, 2], integers: [3, 4]),
          .init("pixel_values", Tensor.zeros([3, 3, side, side])),
        ], status: 1)
    }
    try expect(
      [folder.path("in"), "input_ids: row 0", "pixel_values", "missing"],
      [.init("input_ids", shape: [1, 2], integers: [3, image])], status: 1)
    try expect(
      [folder.path("in"), "input_ids: row 0 has id 44 at position 1"],
      [.init("input_ids", shape: [1, 2], integers: [3, 44])], status: 1)
  }

  @Test func optionsOfOtherClasses() throws {
    try copy(ForwardTests.t5)
    try SafetensorsWriter.write(
      [.init("input_ids", shape: [1, 2], integers: [3, 4])], to: folder.path("in"))
    for (option, change) in [
      ("--mrope", { $0.textPosition = "largest" }), ("--v2pe", { $0.visionStep = 0.5 }),
      ("--tiling", { $0.tiling = ForwardTiling() }),
    ] as [(String, (inout ForwardCommand) -> Void)] {
      var command = ForwardCommand(
        model: folder.path, input: folder.path("in"), output: folder.path("out"))
      change(&command)
      let error = #expect(throws: CommandError.self) {
        try command.run(progress: LoRATests.quiet)
      }
      #expect(error?.exitCode == 64 && "\(error!)".contains(option))
    }
  }

  @Test func emptyVideoOfTheAutoencoder() throws {
    try copy(ForwardTests.pipeline + "/vae")
    try expect(
      [folder.path("in"), "x"], [.init("x", Tensor.zeros([1, 3, 0, 8, 8]))], status: 1)
  }
}
