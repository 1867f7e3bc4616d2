import Checkpoints
import Foundation
import JSON
import Layers
import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// Configurations and inputs that are refused, and what the errors name.
@Suite struct ConfigurationTests {
  private static let transformers: [(String, JSONValue)] = [
    ("num_attention_heads", 0), ("num_layers", -1), ("attention_head_dim", "wide"),
    ("in_channels", 2_000_000), ("out_channels", nil), ("activation_fn", "gelu_new"),
    ("timestep_activation_fn", "tanh"), ("patch_size_t", 0), ("norm_eps", true),
    ("ofs_embed_dim", 7), ("use_learned_positional_embeddings", true), ("freq_shift", 960),
    ("spatial_interpolation_scale", 0), ("_class_name", "Other"),
  ]

  @Test(arguments: transformers.indices)
  func transformerKeys(_ index: Int) throws {
    let (key, value) = Self.transformers[index]
    let json = JSONNode(.init(members: [(key, value)]), path: "config.json:")
    let error = #expect(throws: (any Error).self) { try CogVideoXConfiguration(json) }
    #expect("\(error!)".contains(key), "\(error!)")
  }

  private static let autoencoders: [(String, JSONValue)] = [
    ("act_fn", "elu"), ("norm_num_groups", 3), ("block_out_channels", []),
    ("block_out_channels", [4, -4]), ("down_block_types", ["DownBlock2D"]),
    ("up_block_types", ["CogVideoXUpBlock3D"]), ("temporal_compression_ratio", 0),
    ("pad_mode", "replicate"), ("latent_channels", 1.5), ("scaling_factor", "one"),
  ]

  @Test(arguments: autoencoders.indices)
  func autoencoderKeys(_ index: Int) throws {
    let (key, value) = Self.autoencoders[index]
    let json = JSONNode(.init(members: [(key, value)]), path: "config.json:")
    let error = #expect(throws: (any Error).self) { try VAEConfiguration(json) }
    #expect("\(error!)".contains(key), "\(error!)")
  }

  private static let textEncoders: [(String, JSONValue)] = [
    ("d_model", 0), ("feed_forward_proj", "gated"), ("feed_forward_proj", "double-gated-relu"),
    ("dense_act_fn", "xielu"), ("relative_attention_num_buckets", 3),
    ("relative_attention_max_distance", 8), ("model_type", "umt5"), ("is_decoder", true),
    ("quantization_config", ["bits": 8]),
  ]

  @Test(arguments: textEncoders.indices)
  func textEncoderKeys(_ index: Int) throws {
    let (key, value) = Self.textEncoders[index]
    let json = JSONNode(.init(members: [(key, value)]), path: "config.json:")
    let error = #expect(throws: (any Error).self) { try T5Configuration(json) }
    #expect("\(error!)".contains(key), "\(error!)")
  }

  private static let schedulers: [(String, JSONValue)] = [
    ("prediction_type", "flow"), ("beta_schedule", "cosine"), ("timestep_spacing", "even"),
    ("_class_name", "EulerDiscreteScheduler"), ("beta_end", 1),
    ("trained_betas", [0.1]), ("num_train_timesteps", 0), ("snr_shift_scale", -1),
    ("thresholding", true),
  ]

  @Test(arguments: schedulers.indices)
  func schedulerKeys(_ index: Int) throws {
    let (key, value) = Self.schedulers[index]
    let json = JSONNode(.init(members: [(key, value)]), path: "config.json:")
    let error = #expect(throws: (any Error).self) { try NoiseSchedule(json) }
    #expect("\(error!)".contains(key), "\(error!)")
  }

  /// As in diffusers: keys that nobody reads change nothing, and null is false where Python asks.
  @Test func unknownKeysAndNull() throws {
    let unknown = JSONNode(["rope_type": "3d", "sigma": 2, "shift": 3], path: "config.json:")
    #expect(try CogVideoXConfiguration(unknown).layers == 30)
    #expect(try VAEConfiguration(unknown).layersPerBlock == 3)
    #expect(try NoiseSchedule(unknown).trainSteps == 1000)
    let null = JSONNode(["attention_bias": nil, "flip_sin_to_cos": nil])
    #expect(try !CogVideoXConfiguration(null).attentionBias)
    #expect(try !CogVideoXConfiguration(null).flipSinToCos)
  }

  @Test func functionsByName() throws {
    let names: [(String, Activation)] = [
      ("gated-gelu", .tanhGELU), ("gelu", .gelu), ("gated-relu", .relu), ("quick_gelu", .quickGELU),
    ]
    for (name, function) in names {
      let json = JSONNode(.init(members: [("feed_forward_proj", .string(name))]))
      let configuration = try T5Configuration(json)
      #expect(configuration.activation == function)
      #expect(configuration.isGated == name.hasPrefix("gated"))
    }
    let x = Tensor(shape: [4], values: [-7, -0.5, 0.5, 7])
    let expected: [(Activation, [Float])] = [
      (.relu6, [0, 0, 0.5, 6]), (.leakyReLU, [-0.07, -0.005, 0.5, 7]),
      (.squaredReLU, [0, 0, 0.25, 49]), (.identity, [-7, -0.5, 0.5, 7]),
      (.quickGELU, [-0.000_046_855_98, -0.149_610_8, 0.350_389_2, 6.999_953]),
      (.mish, [-0.006_380_832_7, -0.220_750_15, 0.375_249, 6.999_994_3]),
    ]
    for (function, values) in expected {
      expectClose(function(x), Tensor(shape: [4], values: values), 1e-6, "\(function)")
    }
  }

  @Test func timeRatiosAreCountedInHalvings() throws {
    for (ratio, levels, frames) in [(1.0, 0, 1), (0.5, 0, 1), (3, 1, 2), (4, 2, 4), (64, 6, 8)] {
      let json = JSONNode(.init(members: [("temporal_compression_ratio", .double(ratio))]))
      let configuration = try VAEConfiguration(json)
      #expect(configuration.temporalLevels == levels)
      #expect(configuration.temporalCompression == frames)
    }
  }
}

/// Inputs that do not fit, and checkpoints that do not.
@Suite struct ModelInputTests {
  private let key = StreamKey(seed: 3, command: "inputs")

  private func refuses(_ input: String, _ reason: String, _ body: () throws -> Void) {
    let error = #expect(throws: ModelInputError.self, performing: body)
    #expect(error?.input == input)
    #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
  }

  private func transformer(
    _ change: (inout CogVideoXConfiguration) -> Void
  ) throws -> CogVideoXTransformer {
    var configuration = CogVideoXConfiguration()
    (configuration.heads, configuration.headDim, configuration.layers) = (1, 16, 1)
    (configuration.inChannels, configuration.outChannels) = (2, 2)
    (configuration.textEmbedDim, configuration.timeEmbedDim) = (3, 4)
    change(&configuration)
    return try CogVideoXTransformer(configuration, source: .random(key))
  }

  @Test func transformerInputs() throws {
    func inputs(_ latents: [Int], text: [Int] = [1, 2, 3]) -> CogVideoXInputs {
      CogVideoXInputs(hiddenStates: .zeros(latents), text: .zeros(text), timesteps: [1])
    }
    let plain = try transformer { _ in }
    refuses("hidden_states", "expected [batch, frames, 2") {
      _ = try plain(inputs([1, 1, 3, 4, 4]))
    }
    refuses("hidden_states", "patches of 2") { _ = try plain(inputs([1, 1, 2, 1, 4])) }
    refuses("encoder_hidden_states", "[1, tokens, 3]") {
      _ = try plain(inputs([1, 1, 2, 4, 4], text: [2, 2, 3]))
    }
    refuses("image_rotary_emb.cos", "expected [4, 16]") {
      var wrong = inputs([1, 1, 2, 4, 4])
      wrong.rotary = RotaryPositions(frames: 1, height: 1, width: 4, headDim: 32)
      _ = try plain(wrong)
    }
    refuses("timestep", "3 numbers") {
      var wrong = inputs([1, 1, 2, 4, 4])
      wrong.timesteps = [1, 2, 3]
      _ = try plain(wrong)
    }
    let blocks = try transformer { ($0.framePatch, $0.offsetEmbedDim) = (2, 4) }
    refuses("ofs", "missing") { _ = try blocks(inputs([1, 2, 2, 4, 4])) }
    refuses("hidden_states", "repeat the first latent frame") {
      var odd = inputs([1, 3, 2, 4, 4])
      odd.offsets = [2]
      _ = try blocks(odd)
    }
    let sines = try transformer { ($0.positions, $0.maxTextTokens) = (.sineCosine, 5) }
    refuses("encoder_hidden_states", "max_text_seq_length") {
      _ = try sines(inputs([1, 1, 2, 4, 4]))
    }
    let learned = try transformer {
      ($0.positions, $0.maxTextTokens, $0.sampleWidth, $0.sampleHeight) = (.learned, 2, 4, 6)
    }
    refuses("hidden_states", "sample_height 6") { _ = try learned(inputs([1, 1, 2, 4, 4])) }
    #expect(try learned(inputs([1, 1, 2, 6, 4])).sample.allFinite)
  }

  @Test func autoencoderInputs() throws {
    var configuration = VAEConfiguration()
    (configuration.blockChannels, configuration.normGroups) = ([2, 2, 2], 1)
    (configuration.latentChannels, configuration.layersPerBlock) = (2, 1)
    configuration.usesPostQuantConvolution = true
    let model = try CausalVAE(configuration, source: .random(key))
    refuses("x", "expected [batch, 3") { _ = try model.encode(checking: .zeros([1, 2, 1, 4, 4])) }
    refuses("x", "at least 4 x 4") { _ = try model.encode(checking: .zeros([1, 3, 1, 3, 8])) }
    refuses("x", "expected") { _ = try model.encode(checking: .zeros([1, 3, 0, 8, 8])) }
    refuses("z", "to equal out_channels") {
      _ = try model.decode(checking: .zeros([1, 2, 1, 1, 1]))
    }
    let tiny = VAETiling(tileHeight: 8, tileWidth: 8, overlapHeight: 0.999)
    #expect(throws: ConfigurationError.self) {
      try model.encode(checking: .zeros([1, 3, 1, 16, 16]), tiling: tiny)
    }
  }

  @Test func textInputs() throws {
    var configuration = T5Configuration()
    (configuration.vocabulary, configuration.width, configuration.feedForward) = (5, 4, 4)
    (configuration.heads, configuration.headDim, configuration.layers) = (1, 4, 1)
    let model = try T5Encoder(configuration, source: .random(key))
    refuses("input_ids", "id 5 in row 1 at position 0") { _ = try model([[1, 2], [5, 1]]) }
    refuses("input_ids", "id -1") { _ = try model([[-1]]) }
    refuses("input_ids", "equal, non-zero lengths") { _ = try model([[1], [1, 2]]) }
    refuses("input_ids", "equal, non-zero lengths") { _ = try model([[Int]]()) }
    refuses("attention_mask", "expected 1 rows of 2") {
      _ = try model([[1, 2]], visible: [[true]])
    }
  }

  @Test func checkpointsThatDoNotFit() throws {
    var configuration = T5Configuration()
    (configuration.vocabulary, configuration.width, configuration.feedForward) = (5, 4, 4)
    (configuration.heads, configuration.headDim, configuration.layers) = (1, 4, 1)
    let model = try T5Encoder(configuration, source: .random(key))
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func weights(_ name: String, _ entries: [SafetensorsWriter.Entry]) throws -> SafetensorsFile {
      let path = folder.appending(path: name).path(percentEncoded: false)
      try SafetensorsWriter.write(entries, to: path)
      return try SafetensorsFile(path)
    }
    let entries = model.store.entries.map { SafetensorsWriter.Entry($0.name, $0.tensor) }
    let table = try #require(model.store.entries.first)
    #expect(table.name == "shared.weight")
    // The table under its other name, and a decoder that nobody asked for.
    let renamed =
      entries.dropFirst() + [
        SafetensorsWriter.Entry("encoder.embed_tokens.weight", table.tensor),
        SafetensorsWriter.Entry("decoder.final_layer_norm.weight", .zeros([4])),
      ]
    let same = try T5Encoder(configuration, weights: weights("renamed", Array(renamed)))
    #expect(try same([[1, 2, 3]]).bits == (try model([[1, 2, 3]]).bits))
    #expect(same.store.parameters[0].name == "encoder.embed_tokens.weight")

    let bytes = [UInt8](repeating: 0, count: 5 * 4 * 8)
    let counted =
      entries.dropFirst() + [
        SafetensorsWriter.Entry("shared.weight", .int64, shape: [5, 4], bytes: bytes)
      ]
    let integers = try weights("counted", Array(counted))
    let mistyped = #expect(throws: CheckpointError.self) {
      try T5Encoder(configuration, weights: integers)
    }
    let reason = try #require(mistyped).description
    #expect(reason.contains("shared.weight") && reason.contains("I64"), "\(reason)")

    let broken =
      entries.dropLast() + [SafetensorsWriter.Entry("encoder.extra.weight", .zeros([1]))]
    configuration.vocabulary = 6
    let file = try weights("broken", Array(broken))
    let error = #expect(throws: CheckpointError.self) {
      try T5Encoder(configuration, weights: file)
    }
    let text = "\(error!)"
    for part in [
      "encoder.final_layer_norm.weight", "encoder.extra.weight",
      "shared.weight: expected [6, 4], found [5, 4]",
    ] {
      #expect(text.contains(part), "\(text)")
    }
  }
}
