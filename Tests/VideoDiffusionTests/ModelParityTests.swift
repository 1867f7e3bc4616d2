import Capture
import JSON
import Layers
import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// Against diffusers and transformers on tiny random configurations, every element.
@Suite struct ModelParityTests {
  private func inputs(_ fixture: ReferenceFixture) throws -> CogVideoXInputs {
    func rotary() throws -> RotaryPositions? {
      guard fixture.has("in.image_rotary_emb.cos") else { return nil }
      return RotaryPositions(
        cosines: try fixture.tensor("in.image_rotary_emb.cos"),
        sines: try fixture.tensor("in.image_rotary_emb.sin"))
    }
    return CogVideoXInputs(
      hiddenStates: try fixture.tensor("in.hidden_states"),
      text: try fixture.tensor("in.encoder_hidden_states"),
      timesteps: try fixture.tensor("in.timestep").values,
      offsets: fixture.has("in.ofs") ? try fixture.tensor("in.ofs").values : nil,
      rotary: try rotary())
  }

  @Test(arguments: [
    "transformer-rotary", "transformer-odd", "transformer-sines", "transformer-learned",
    "transformer-blocks",
  ])
  func transformer(_ name: String) throws {
    let fixture = try ReferenceFixture(name)
    let model = try CogVideoXTransformer(
      CogVideoXConfiguration(fixture.description.object("config")), source: fixture.parameters)
    let inputs = try inputs(fixture)
    let (found, probe) = try everything(model.configuration.activations)
    let watched = try model(inputs, probe: probe)
    try fixture.checkAttentions(
      (0..<model.configuration.layers).map { try #require(found["blocks.\($0).attention"]) })
    let output = try model(inputs)
    #expect(output.sample.bits == watched.sample.bits)
    #expect(output.text.bits == found["blocks.\(model.configuration.layers - 1).text"]?.bits)
    for layer in 0..<model.configuration.layers { try checkAttention(found, "blocks.\(layer)") }
    let gradients = Gradients()
    try fixture.check(output.sample, "sample", gradients)
    try fixture.checkGradients(
      gradients, of: model.store,
      buffers: name == "transformer-learned" ? ["patch_embed.pos_embedding"] : [])
  }

  @Test func rotaryPositionsAreThoseOfThePipeline() throws {
    let fixture = try ReferenceFixture("positions")
    var configuration = CogVideoXConfiguration()
    configuration.headDim = 16
    let cases = try fixture.description.objects("cases")
    #expect(cases.count == 4)
    for (index, json) in cases.enumerated() {
      let found = RotaryPositions(latents: try json.ints("latents"), of: configuration)
      expectClose(found.cosines, try fixture.tensor("cosines.\(index)"), 1e-5, "cosines \(index)")
      expectClose(found.sines, try fixture.tensor("sines.\(index)"), 1e-5, "sines \(index)")
    }
    configuration.framePatch = 2
    let blocks = RotaryPositions(latents: [1, 4, 16, 6, 4], of: configuration)
    let counted = RotaryPositions(frames: 2, height: 3, width: 2, headDim: 16)
    #expect(blocks.cosines.bits == counted.cosines.bits)
  }

  @Test(arguments: ["vae-time-4", "vae-quant", "vae-flat"])
  func autoencoder(_ name: String) throws {
    let fixture = try ReferenceFixture(name)
    let model = try CausalVAE(
      VAEConfiguration(fixture.description.object("config")), source: fixture.parameters)
    let gradients = Gradients()
    let posterior = try model.encode(checking: fixture.tensor("in.x"))
    try fixture.check(posterior.mean, "encoder.latent.mean", gradients)
    try fixture.check(posterior.logVariance, "encoder.latent.logvar", gradients)
    let video = try model.decode(checking: fixture.tensor("in.z"))
    try fixture.check(video, "decoder.sample", gradients)
    try fixture.checkGradients(gradients, of: model.store)
  }

  @Test func tiles() throws {
    let fixture = try ReferenceFixture("vae-tiles")
    let model = try CausalVAE(
      VAEConfiguration(fixture.description.object("config")), source: fixture.parameters)
    let options = try fixture.description.object("tiling")
    let tiling = VAETiling(
      tileHeight: try options.int("tile_sample_min_height"),
      tileWidth: try options.int("tile_sample_min_width"),
      overlapHeight: try options.double("tile_overlap_factor_height"),
      overlapWidth: try options.double("tile_overlap_factor_width"))
    let x = try fixture.tensor("in.x")
    let posterior = try model.encode(checking: x, tiling: tiling)
    for (found, key) in [(posterior.mean, "mean"), (posterior.logVariance, "logvar")] {
      expectClose(found, try fixture.tensor("out.encoder.latent.\(key)"), forwardTolerance, key)
    }
    let video = try model.decode(checking: fixture.tensor("in.z"), tiling: tiling)
    expectClose(video, try fixture.tensor("out.decoder.sample"), forwardTolerance, "sample")
    #expect(!Closeness(try model.encode(checking: x).mean, posterior.mean).isWithin(1e-2))
    let small = x.slice(3, 0..<12).slice(4, 0..<10)
    #expect(model.encode(small, tiling: tiling).mean.bits == model.encode(small).mean.bits)
  }

  @Test(arguments: ["t5-gated", "t5-plain", "t5-long"])
  func textEncoder(_ name: String) throws {
    let fixture = try ReferenceFixture(name)
    let model = try T5Encoder(
      T5Configuration(fixture.description.object("config")), source: fixture.parameters)
    func table(_ key: String) throws -> [[Int]] {
      let values = try fixture.tensor("in." + key)
      return (0..<values.shape[0]).map { values.row($0).values.map { Int($0) } }
    }
    let ids = try table("input_ids")
    let visible =
      fixture.has("in.attention_mask")
      ? try table("attention_mask").map { $0.map { $0 == 1 } } : nil
    let (found, probe) = try everything(model.configuration.activations)
    let watched = try model(ids, visible: visible, probe: probe)
    if fixture.has("attentions.0") {
      try fixture.checkAttentions(
        (0..<model.configuration.layers).map { try #require(found["blocks.\($0).attention"]) })
    }
    let hidden = try model(ids, visible: visible)
    #expect(hidden.bits == watched.bits)
    #expect(hidden.bits == found["norm.output"]?.bits)
    let gradients = Gradients()
    try fixture.check(hidden, "last_hidden_state", gradients)
    try fixture.checkGradients(gradients, of: model.store)
    let alone = model(ids[0], visible: visible?[0])
    #expect(alone.bits == hidden.slice(0, 0..<1).bits)
  }
}
