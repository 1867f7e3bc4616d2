import Capture
import Tensors

/// The noise that reconstruction starts from.
public enum ReconstructionStart: String, Sendable, CaseIterable {
  /// The end of the inversion (the paper's text).
  case inverted
  /// Fresh Gaussian noise (what the public inversion script does).
  case fresh
}

/// How a clip is taken to noise and back.
public struct InversionOptions: Sendable {
  public var steps = 5
  public var guidance: Float = 6
  public var start = ReconstructionStart.inverted
  /// Whether main rows also attend to the inversion trajectory (cross-stream memory).
  public var memory = true

  public init(
    steps: Int = 5, guidance: Float = 6, start: ReconstructionStart = .inverted,
    memory: Bool = true
  ) {
    self.steps = steps
    self.guidance = guidance
    self.start = start
    self.memory = memory
  }
}

/// DDIM inversion of a clean latent and its text-conditioned reconstruction beside the inversion
/// trajectory (MotionEnhancer, section 3.1; the public CogVideoX inversion script).
public struct InversionReconstruction {
  public let transformer: CogVideoXTransformer
  public let schedule: NoiseSchedule
  public let options: InversionOptions

  public init(
    _ transformer: CogVideoXTransformer, schedule: NoiseSchedule, options: InversionOptions
  ) {
    self.transformer = transformer
    self.schedule = schedule
    self.options = options
  }

  /// How many single streams pass the transformer in an inversion and a reconstruction.
  public static func streams(_ options: InversionOptions) -> Int {
    let texts = options.guidance == 1 ? 1 : 2
    return options.steps * (1 + texts * (options.memory ? 2 : 1))
  }

  /// The inverted latents, least noisy first: `trajectory[i]` has the noise level of the i-th
  /// smallest timestep. The unconditional text guides nothing here, so it runs once and not twice.
  /// - Parameters:
  ///   - clean: `[1, frames, channels, height, width]`
  ///   - emptyText: encoding of the empty prompt, `[1, textTokens, textEmbedDim]`
  ///   - checkpoint: called after every layer with the number of streams that passed it; throws to
  ///     stop
  public func invert(
    _ clean: Tensor, emptyText: Tensor, rotary: RotaryPositions?,
    checkpoint: (_ streams: Int) throws -> Void = { _ in }
  ) throws -> [Tensor] {
    var sample = clean
    var from = 1.0
    var trajectory: [Tensor] = []
    for timestep in schedule.timesteps(options.steps).reversed() {
      let v = try transformer(
        sample, text: emptyText, timesteps: [Float(timestep)], rotary: rotary, probe: .none,
        afterLayer: { _ in try checkpoint(1) }
      ).sample
      let to = schedule.level(timestep)
      sample = DDIM.step(sample, v: v, from: from, to: to)
      from = to
      trajectory.append(sample)
    }
    return trajectory
  }

  /// Denoises back under the text with classifier-free guidance.
  /// - Parameters:
  ///   - trajectory: what ``invert`` returned; the reference at every step
  ///   - noise: the fresh start, where the options ask for it
  ///   - checkpoint: as in ``invert``
  ///   - probe: is shown the conditional stream of a step. With memory, batches are the main
  ///     stream and then its reference.
  /// - Returns: the reconstruction, `[1, frames, channels, height, width]`
  public func reconstruct(
    _ trajectory: [Tensor], text: Tensor, emptyText: Tensor, rotary: RotaryPositions?,
    noise: Tensor? = nil, checkpoint: (_ streams: Int) throws -> Void = { _ in },
    probe: (_ step: Int) -> Probe = { _ in .none }
  ) throws -> Tensor {
    let timesteps = schedule.timesteps(options.steps)
    precondition(trajectory.count == timesteps.count, "one inverted latent for each step")
    var sample = options.start == .fresh ? noise! : trajectory[trajectory.count - 1]
    for (step, timestep) in timesteps.enumerated() {
      let reference = trajectory[trajectory.count - 1 - step]
      func predict(_ text: Tensor, _ probe: Probe) throws -> Tensor {
        let streams = options.memory ? [sample, reference] : [sample]
        return try transformer(
          Tensor.concatenate(streams, axis: 0),
          text: Tensor.concatenate([Tensor](repeating: text, count: streams.count), axis: 0),
          timesteps: [Float](repeating: Float(timestep), count: streams.count), rotary: rotary,
          memory: options.memory, probe: probe,
          afterLayer: { _ in try checkpoint(streams.count) }
        ).sample
      }
      var v = try predict(text, probe(step))
      if options.guidance != 1 {
        let free = try predict(emptyText, .none)
        v = free + (v - free) * options.guidance
      }
      let last = step + 1 == timesteps.count
      sample = DDIM.step(
        sample, v: v, from: schedule.level(timestep),
        to: last ? 1 : schedule.level(timesteps[step + 1]))
    }
    return sample
  }
}
