import JSON
import Layers
import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// Against diffusers 0.42 and transformers 5.23 on tiny random configurations, every element.
@Suite struct ModelParityTests {
  @Test(arguments: ["transformer-patch-2", "transformer-patch-1"])
  func transformer(_ name: String) throws {
    let fixture = try ReferenceFixture(name)
    let model = try CogVideoXTransformer(
      CogVideoXConfiguration(fixture.description.object("config")), source: fixture.parameters)
    let rotary = RotaryPositions(
      cosines: try fixture.tensor("in.cosines"), sines: try fixture.tensor("in.sines"))
    let output = model(
      try fixture.tensor("in.hidden"), text: try fixture.tensor("in.text"),
      timesteps: try fixture.description.ints("timesteps").map(Float.init), rotary: rotary)
    let gradients = Gradients()
    try fixture.check(output.sample, "sample", gradients)
    try fixture.checkGradients(gradients, of: model.store)
  }

  @Test(arguments: ["transformer-patch-2", "transformer-patch-1"])
  func rotaryPositions(_ name: String) throws {
    let fixture = try ReferenceFixture(name)
    let grid = try fixture.description.ints("grid")
    let found = RotaryPositions(
      frames: grid[0], height: grid[1], width: grid[2],
      headDim: try fixture.description.object("config").int("attention_head_dim"))
    expectClose(found.cosines, try fixture.tensor("in.cosines"), 1e-6, "cosines")
    expectClose(found.sines, try fixture.tensor("in.sines"), 1e-6, "sines")
  }

  @Test(arguments: ["vae-time-4", "vae-time-2"])
  func autoencoder(_ name: String) throws {
    let fixture = try ReferenceFixture(name)
    let model = try CausalVAE(
      VAEConfiguration(fixture.description.object("config")), source: fixture.parameters)
    let gradients = Gradients()
    let posterior = model.encode(try fixture.tensor("in.video"))
    try fixture.check(
      Tensor.concatenate([posterior.mean, posterior.logVariance], axis: 1), "moments", gradients)
    try fixture.check(model.decode(try fixture.tensor("in.latent")), "video", gradients)
    try fixture.checkGradients(gradients, of: model.store)
  }

  @Test(arguments: ["t5-padded", "t5-long"])
  func textEncoder(_ name: String) throws {
    let fixture = try ReferenceFixture(name)
    let model = try T5Encoder(
      T5Configuration(fixture.description.object("config")), source: fixture.parameters)
    let ids = try fixture.description.ints("ids")
    let padding = try fixture.description.int("padding")
    let gradients = Gradients()
    let hidden = model(
      ids, visible: padding == 0 ? nil : ids.indices.map { $0 < ids.count - padding })
    try fixture.check(hidden, "hidden", gradients)
    try fixture.checkGradients(gradients, of: model.store)
  }
}
