import Capture
import Foundation
import Layers
import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// Inversion and reconstruction on tiny random transformers.
@Suite struct TrajectoryTests {
  private static let key = StreamKey(seed: 8, command: "trajectory")
  private let latent = Tensor.normal([1, 2, 2, 4, 6], key: key.child("latent"))
  private let text = Tensor.normal([1, 3, 5], key: key.child("text"))
  private let empty = Tensor.normal([1, 3, 5], key: key.child("empty"))
  private let rotary = RotaryPositions(frames: 2, height: 2, width: 3, headDim: 16)

  private func transformer(
    _ change: (inout CogVideoXConfiguration) -> Void = { _ in }
  ) throws -> CogVideoXTransformer {
    var configuration = CogVideoXConfiguration()
    (configuration.heads, configuration.headDim, configuration.layers) = (2, 16, 2)
    (configuration.inChannels, configuration.outChannels) = (2, 2)
    (configuration.textEmbedDim, configuration.timeEmbedDim) = (5, 8)
    change(&configuration)
    let model = try CogVideoXTransformer(configuration, source: .random(Self.key.child("model")))
    model.openGates()
    model.store.freeze()
    return model
  }

  /// A model that always predicts the same v turns the sample towards it: from angle a to angle b
  /// on the circle of signal and noise, `x' = cos(b - a) x + sin(b - a) v`.
  @Test(arguments: [true, false])
  func constantVelocityTurnsTheSample(memory: Bool) throws {
    let model = try transformer()
    let bias: [Float] = (0..<8).map { 0.1 * Float($0) - 0.3 }
    for parameter in model.store.parameters where parameter.name.hasPrefix("proj_out.") {
      parameter.load(
        parameter.name.hasSuffix("weight")
          ? .zeros(parameter.shape) : Tensor(shape: parameter.shape, values: bias))
    }
    let schedule = NoiseSchedule()
    let process = InversionReconstruction(
      model, schedule: schedule, options: InversionOptions(steps: 4, guidance: 3, memory: memory))
    let v = model(latent, text: text, timesteps: [0], rotary: rotary).sample
    #expect(Set(v.values).count == 8)
    func turned(_ x: Tensor, _ a: Double, _ b: Double) -> Tensor {
      let angle = acos(b.squareRoot()) - acos(a.squareRoot())
      return x * Float(cos(angle)) + v * Float(sin(angle))
    }
    let trajectory = try process.invert(latent, emptyText: empty, rotary: rotary)
    var expected = latent
    var level = 1.0
    let timesteps = [249, 499, 749, 999]
    for (step, timestep) in timesteps.enumerated() {
      expected = turned(expected, level, schedule.level(timestep))
      level = schedule.level(timestep)
      expectClose(trajectory[step], expected, 1e-5, "inversion to \(timestep)")
    }
    for timestep in [749, 499, 249, -1] {
      expected = turned(expected, level, schedule.level(timestep))
      level = schedule.level(timestep)
    }
    let found = try process.reconstruct(
      trajectory, text: text, emptyText: empty, rotary: rotary)
    expectClose(found, expected, 1e-5, "reconstruction")
  }

  /// CogVideoX 2B has no rotary positions; its own tell the cells apart.
  @Test func sineCosinePositionsNeedNoRotaryOnes() throws {
    let model = try transformer { ($0.positions, $0.maxTextTokens) = (.sineCosine, 3) }
    let process = InversionReconstruction(
      model, schedule: NoiseSchedule(), options: InversionOptions(steps: 2))
    let flat = Tensor.full(latent.shape, 0.5)
    let trajectory = try process.invert(flat, emptyText: empty, rotary: nil)
    let found = try process.reconstruct(trajectory, text: text, emptyText: empty, rotary: nil)
    #expect(found.shape == latent.shape && found.allFinite)
    #expect(Set(found.values).count == found.count)
  }

  /// A model that knows the clean sample: inversion and reconstruction are exact inverses.
  @Test func perfectVelocityReturnsTheInput() {
    let schedule = NoiseSchedule()
    let noise = Tensor.normal(latent.shape, key: Self.key.child("noise"))
    let levels = [1] + schedule.timesteps(5).reversed().map(schedule.level)
    var sample = latent
    func move(_ from: Double, _ to: Double) {
      let v = DDIM.velocity(latent, noise: noise, level: from)
      sample = DDIM.step(sample, v: v, from: from, to: to)
    }
    for (from, to) in zip(levels, levels.dropFirst()) { move(from, to) }
    expectClose(sample, noise, 1e-5, "noise")
    for (from, to) in zip(levels.reversed(), levels.reversed().dropFirst()) { move(from, to) }
    expectClose(sample, latent, 1e-5, "latent")
  }

  @Test(arguments: [true, false])
  func recordingChangesNoBit(memory: Bool) throws {
    let process = InversionReconstruction(
      try transformer(), schedule: NoiseSchedule(),
      options: InversionOptions(steps: 3, memory: memory))
    let trajectory = try process.invert(latent, emptyText: empty, rotary: rotary)
    let plain = try process.reconstruct(trajectory, text: text, emptyText: empty, rotary: rotary)
    var seen: [[Int]] = []
    let selection = try ActivationSelection(
      "blocks.*.*", of: process.transformer.configuration.activations)
    let recorded = try process.reconstruct(
      trajectory, text: text, emptyText: empty, rotary: rotary,
      probe: { step in
        .eachBlock(of: selection) { layer, found in
          #expect(found.keys.sorted() == ["attention", "keys", "output", "queries", "text"])
          seen.append([step, layer, found["queries"]!.shape[0], found["attention"]!.shape[3]])
        }
      })
    #expect(plain.allFinite)
    #expect(plain.values.map(\.bitPattern) == recorded.values.map(\.bitPattern))
    // Main rows attend to their reference as well, which the last block asks nothing of.
    let streams = memory ? 2 : 1
    #expect(
      seen
        == (0..<3).flatMap { step in
          (0..<2).map { [step, $0, $0 == 1 ? 1 : streams, 15 * streams] }
        })
  }

  /// An error of the consumer ends the reconstruction at once.
  @Test func anErrorOfTheConsumerIsPassedOn() throws {
    struct Enough: Error {}
    let process = InversionReconstruction(
      try transformer(), schedule: NoiseSchedule(), options: InversionOptions(steps: 2))
    let trajectory = try process.invert(latent, emptyText: empty, rotary: rotary)
    let selection = try ActivationSelection(
      "blocks.1.queries", of: process.transformer.configuration.activations)
    var layers = 0
    #expect(throws: Enough.self) {
      try process.reconstruct(
        trajectory, text: text, emptyText: empty, rotary: rotary,
        checkpoint: { _ in layers += 1 },
        probe: { _ in Probe(selection) { _, _ in throw Enough() } })
    }
    #expect(layers == 1)
  }

  /// Rows of the reference attend to themselves alone, so they are a pass without memory.
  @Test func referenceIsNotChangedByTheMainStream() throws {
    let model = try transformer()
    let other = Tensor.normal(latent.shape, key: Self.key.child("other"))
    let selection = try ActivationSelection("blocks.1.keys", of: model.configuration.activations)
    func pass(_ streams: [Tensor]) throws -> (sample: Tensor, keys: Tensor) {
      var keys: Tensor?
      let output = try model(
        Tensor.concatenate(streams, axis: 0),
        text: Tensor.concatenate(streams.map { _ in text }, axis: 0),
        timesteps: streams.map { _ in 500 }, rotary: rotary, memory: streams.count == 2,
        probe: Probe(selection) { _, activation in keys = activation })
      return (output.sample, try #require(keys))
    }
    let both = try pass([other, latent])
    #expect(both.sample.shape[0] == 1 && both.keys.shape[0] == 2)
    expectClose(both.keys.slice(0, 1..<2), try pass([latent]).keys, 1e-5, "reference")
    #expect(!Closeness(both.sample, try pass([other]).sample).isWithin(1e-3))
  }
}
