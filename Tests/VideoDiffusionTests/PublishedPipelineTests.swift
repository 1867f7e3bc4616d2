import Checkpoints
import Files
import Foundation
import JSON
import Layers
import Tensors
import TestSupport
import Testing
import Tokenizers
import Video
import VideoDiffusion

/// A pipeline as it is published: patches over time, padded texts, BF16 weights in a file.
@Suite struct PublishedPipelineTests {
  private struct Letters: Tokenizer {
    let vocabularySize = 40
    func id(of token: String) -> Int? { nil }
    func token(of id: Int) -> String? { nil }
    func encode(_ text: String, addSpecialTokens: Bool) -> Encoding {
      Encoding().fitted(to: 3, padding: 1)
    }
    func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String { "" }
  }

  /// Writes a pipeline with random weights, as BF16, and returns its folder.
  private func write() throws -> String {
    let folder = FileManager.default.temporaryDirectory.path + "/merepl-pipeline-\(UUID())"
    let configurations = [
      "transformer/config.json": #"""
      {"_class_name": "CogVideoXTransformer3DModel", "num_attention_heads": 2,
       "attention_head_dim": 16, "in_channels": 4, "out_channels": 4, "time_embed_dim": 8,
       "text_embed_dim": 16, "num_layers": 2, "sample_width": 4, "sample_height": 4,
       "sample_frames": 9, "patch_size": 2, "patch_size_t": 2, "max_text_seq_length": 7,
       "use_rotary_positional_embeddings": true, "patch_bias": false}
      """#,
      "vae/config.json": #"""
      {"_class_name": "AutoencoderKLCogVideoX", "block_out_channels": [8, 8, 8, 8],
       "layers_per_block": 1, "latent_channels": 4, "norm_num_groups": 2, "scaling_factor": 0.7,
       "down_block_types": ["CogVideoXDownBlock3D", "CogVideoXDownBlock3D",
         "CogVideoXDownBlock3D", "CogVideoXDownBlock3D"],
       "up_block_types": ["CogVideoXUpBlock3D", "CogVideoXUpBlock3D",
         "CogVideoXUpBlock3D", "CogVideoXUpBlock3D"]}
      """#,
      "text_encoder/config.json": #"""
      {"architectures": ["T5EncoderModel"], "model_type": "t5", "vocab_size": 40, "d_model": 16,
       "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "feed_forward_proj": "gated-gelu"}
      """#,
      "scheduler/scheduler_config.json": #"""
      {"_class_name": "CogVideoXDDIMScheduler", "prediction_type": "v_prediction",
       "snr_shift_scale": 1.0, "rescale_betas_zero_snr": true, "timestep_spacing": "trailing"}
      """#,
      "model_index.json": #"{"_class_name": "CogVideoXPipeline"}"#,
    ]
    for (file, text) in configurations {
      let path = "\(folder)/\(file)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try WholeFile.write(text: text, to: path)
    }
    let drawn = try VideoDiffusionModel(directory: folder, tokenizer: Letters()) { component in
      .random(StreamKey(seed: 3, command: component))
    }
    for (name, store) in [
      ("transformer", drawn.transformer.store), ("vae", drawn.vae.store),
      ("text_encoder", drawn.textEncoder.store),
    ] {
      try SafetensorsWriter.write(
        store.entries.map { .init(bfloat16: $0.name, $0.tensor) },
        to: "\(folder)/\(name)/diffusion_pytorch_model.safetensors")
    }
    return folder
  }

  private func load(_ folder: String) throws -> VideoDiffusionModel {
    func weights(_ component: String) throws -> CheckpointDirectory {
      try CheckpointDirectory("\(folder)/\(component)")
    }
    return try VideoDiffusionModel(directory: folder, tokenizer: Letters()) { component in
      let source = try weights(component)
      return .lookup { name, _ in try source.tensor(name) }
    }
  }

  /// Takes a clip to noise and back.
  private func extraction(
    _ model: VideoDiffusionModel, checkpoint: @escaping (Int) throws -> Void = { _ in }
  ) throws -> Tensor {
    try withoutGradients {
      let video = Tensor.uniform(
        [1, 3, 17, 32, 32], in: -1...1, key: StreamKey(seed: 4, command: "clip"))
      let latents = model.filled(model.vae.latents(of: video))
      let text = model.textEncoder(model.tokens("any").ids)
      let process = InversionReconstruction(
        model.transformer, schedule: model.schedule, options: InversionOptions(steps: 2))
      let rotary = model.rotary(for: latents.shape)
      let trajectory = try process.invert(
        latents, emptyText: text, rotary: rotary, checkpoint: checkpoint)
      return try process.reconstruct(
        trajectory, text: text, emptyText: text, rotary: rotary, checkpoint: checkpoint)
    }
  }

  @Test func storedWeightsGiveTheNumbersOfWideOnes() throws {
    let folder = try write()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let model = try load(folder)
    let stored = try extraction(model)
    let stores = [model.transformer.store, model.vae.store, model.textEncoder.store]
    let matrices = stores.flatMap(\.parameters).filter { $0.shape.count > 1 }
    #expect(matrices.count > 60 && matrices.allSatisfy { $0.data.element == .bfloat16 })
    // Nothing of a forward pass asks for a float32 copy of a weight.
    let copied = matrices.filter { $0.data.storage.widenedByteCount > 0 }.map(\.name)
    #expect(copied == [])
    // Pages that were given back are read again.
    for store in stores { store.releasePages() }
    let again = try extraction(model)
    #expect(again.values == stored.values)
    for parameter in stores.flatMap(\.parameters) { parameter.load(parameter.snapshot()) }
    let wide = try extraction(model)
    #expect(Closeness(stored, wide).isWithin(1e-5), "\(Closeness(stored, wide))")
  }

  @Test func oddLatentsRepeatTheFirst() throws {
    let folder = try write()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let model = try load(folder)
    let latents = Tensor.normal([1, 5, 4, 4, 4], key: StreamKey(seed: 5, command: "latents"))
    let filled = model.filled(latents)
    #expect(filled.shape == [1, 6, 4, 4, 4])
    #expect(filled.slice(1, 1..<6).values == latents.values)
    #expect(filled.slice(1, 0..<1).values == latents.slice(1, 0..<1).values)
    #expect(model.filled(filled).shape == filled.shape)
    let grid = model.tokenGrid(of: filled.shape)
    #expect(grid == TokenGrid(frames: 3, height: 2, width: 2))
    #expect(model.tokens("any").count == 7)
    #expect(model.clipSize == ClipSize(frames: 9, height: 32, width: 32))
    for (size, fault) in [
      (ClipSize(frames: 16, height: 32, width: 32), "frames"),
      (ClipSize(frames: 17, height: 40, width: 32), "height"),
      (ClipSize(frames: 17, height: 32, width: 0), "width"),
    ] {
      let error = #expect(throws: ModelInputError.self) { try model.check(size) }
      #expect(error?.input == fault)
    }
    try model.check(ClipSize(frames: 17, height: 48, width: 32))
  }

  /// Stopped between two layers; what is counted until the end is what was announced.
  @Test func workIsCountedAndCanBeStopped() throws {
    struct Stop: Error {}
    let folder = try write()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let model = try load(folder)
    var done = 0
    _ = try extraction(model) { done += $0 }
    #expect(done == 2 * InversionReconstruction.streams(InversionOptions(steps: 2)))
    var calls = 0
    #expect(throws: Stop.self) {
      _ = try extraction(model) { _ in
        calls += 1
        if calls == 7 { throw Stop() }
      }
    }
    #expect(calls == 7)
  }
}
