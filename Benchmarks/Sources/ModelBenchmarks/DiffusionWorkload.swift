import Checkpoints
import Layers
import Ranks
import Tensors
import Training
import VideoDiffusion

/// Training steps of the mini VDM on the published objective.
struct DiffusionWorkload {
  static let batch = 8
  static let textTokens = 12
  /// Steps whose losses are compared.
  static let checkedSteps = 3
  private static let frameSide = 24
  private static let learningRate: Float = 1e-3

  private let models: MiniModels
  private let samples: [DiffusionSample]
  private let key = MiniModels.key.child("vdm")

  init(_ models: MiniModels) throws {
    self.models = models
    samples = try (0..<Self.batch).map { index in
      DiffusionSample(
        latents: MiniModels.latents(side: Self.frameSide, index: index),
        ids: try models.text(tokens: Self.textTokens, index: index).ids)
    }
  }

  /// Trains a new model for some steps.
  func train(steps: Int, threads: Int) throws -> TimedTraining {
    Workers.defaultCount = threads
    let model = try models.diffusion()
    let training = DiffusionTraining(
      plan: TrainingPlan(steps: steps, batch: Self.batch, schedule: .constant),
      learningRate: Self.learningRate, key: key)
    let clock = StepClock()
    let samples = samples
    let losses = try training.run(
      model.transformer, model.textEncoder, schedule: model.schedule,
      rotary: model.rotary(for: samples[0].latents.shape), checkpoint: { clock.start() },
      progress: { _, _ in clock.stop() }, sample: { samples[$0 % samples.count] })
    return TimedTraining(losses: losses.map { [$0[0]] }, seconds: clock.seconds)
  }

  /// - Returns: the loss of the first steps, the same on one and two threads
  func check() throws -> [Double] {
    let run = try train(steps: Self.checkedSteps, threads: 1)
    try TimedTraining.requireEqual(
      "VDM training", run, train(steps: Self.checkedSteps, threads: 2))
    try BenchmarkError.require(
      "the first loss of the VDM", run.losses[0][0], equals: plainLoss(), within: 1e-4)
    return run.losses.map { $0[0] }
  }

  func measure(threads: Int, repeats: Int) throws -> Measurement {
    let warmup = 3
    return .time(
      .diffusionStep, per: "sample", count: Self.batch, threads: threads,
      try train(steps: warmup + repeats, threads: threads).timing(warmup: warmup))
  }

  /// Operations in the products of one sample, forwards and backwards.
  func operations() throws -> DiffusionOperations {
    let model = try models.diffusion()
    return DiffusionOperations(
      model.transformer.configuration, model.textEncoder.configuration,
      latents: samples[0].latents.shape, textTokens: Self.textTokens)
  }

  // MARK: - The first steps in other hands

  /// Timestep and noise of the sample at a position of the run.
  private func draw(_ position: Int, of steps: Int) -> (timestep: Int, noise: Tensor) {
    var stream = RandomStream(key.child("draws", position))
    return (
      min(steps - 1, Int(stream.uniform() * Float(steps))),
      .normal(samples[0].latents.shape, key: key.child("noise", position))
    )
  }

  /// The first step's loss from its formula, in double precision around the model.
  private func plainLoss() throws -> Double {
    let model = try models.diffusion()
    let shape = samples[0].latents.shape
    var total = 0.0
    for (position, sample) in samples.enumerated() {
      let (timestep, noise) = draw(position, of: model.schedule.trainSteps)
      let signal = model.schedule.alphaBar[timestep].squareRoot()
      let rest = (1 - model.schedule.alphaBar[timestep]).squareRoot()
      let pairs = zip(sample.latents.values, noise.values)
      let noised = pairs.map { Float(signal * Double($0) + rest * Double($1)) }
      let output = withoutGradients {
        model.transformer(
          Tensor(shape: shape, values: noised), text: model.textEncoder(sample.ids),
          timesteps: [Float(timestep)], rotary: model.rotary(for: shape)
        ).sample
      }
      let squares = zip(pairs, output.values).map { pair, found in
        let velocity = signal * Double(pair.1) - rest * Double(pair.0)
        return (Double(found) - velocity) * (Double(found) - velocity)
      }
      total += squares.reduce(0, +) / Double(squares.count)
    }
    return total / Double(samples.count)
  }

  /// Weights and inputs of the first steps, for `reference.py`.
  func export(to folder: String) throws {
    let model = try models.diffusion()
    try SafetensorsWriter.write(
      model.entries.map { .init($0.name, $0.tensor) }, to: "\(folder)/vdm.safetensors")
    let draws = (0..<Self.checkedSteps * Self.batch).map {
      draw($0, of: model.schedule.trainSteps)
    }
    try SafetensorsWriter.write(
      [
        .init("latents", Tensor.concatenate(samples.map(\.latents), axis: 0)),
        .init("noise", Tensor.concatenate(draws.map(\.noise), axis: 0)),
        .init("timesteps", shape: [draws.count], integers: draws.map(\.timestep)),
        .init(
          "ids", shape: [Self.batch, Self.textTokens], integers: samples.flatMap(\.ids)),
      ], to: "\(folder)/vdm-inputs.safetensors")
  }
}
