import Capture
import Layers
import Tensors
import Training

/// How training timesteps are drawn.
public enum TimestepSampling: String, Sendable, CaseIterable {
  case uniform
  /// Density falling with the timestep (u^1.5): more steps at which objects can be seen.
  case low
}

/// One training sample of the diffusion model.
public struct DiffusionSample: Sendable {
  /// `[1, frames, channels, height, width]`, scaled by the VAE's factor
  public let latents: Tensor
  /// Token ids, ending in the end-of-text id.
  public let ids: [Int]
  /// Words whose places are known; none where nobody asks for ``GroundingLoss``.
  public let grounded: [GroundedWord]

  public init(latents: Tensor, ids: [Int], grounded: [GroundedWord] = []) {
    self.latents = latents
    self.ids = ids
    self.grounded = grounded
  }
}

/// Trains the transformer and its text encoder together on v-prediction, the published objective,
/// and where it is asked for on where words look.
public struct DiffusionTraining: Sendable {
  public var plan: TrainingPlan
  public var learningRate: Float
  public var weightDecay: Float
  public var timestepSampling: TimestepSampling
  /// Weight of ``GroundingLoss``; 0 is the published objective.
  public var groundingWeight: Float
  public var key: StreamKey

  public init(
    plan: TrainingPlan, learningRate: Float, weightDecay: Float = 0.01,
    timestepSampling: TimestepSampling = .uniform, groundingWeight: Float = 0, key: StreamKey
  ) {
    self.plan = plan
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.timestepSampling = timestepSampling
    self.groundingWeight = groundingWeight
    self.key = key
  }

  /// What ``run`` measures in every step.
  public static let measures = ["video", "grounding"]

  /// - Parameter sample: a fresh sample for each position of the run (text dropout included)
  /// - Returns: video loss and grounding loss (nats, 0 for samples without grounded words) by step.
  public func run(
    _ transformer: CogVideoXTransformer, _ encoder: T5Encoder, schedule: NoiseSchedule,
    rotary: RotaryPositions?, checkpoint: @Sendable () throws -> Void = {},
    progress: (Int, [Double]) -> Void = { _, _ in },
    sample: @escaping @Sendable (_ position: Int) throws -> DiffusionSample
  ) throws -> [[Double]] {
    let run = TrainingRun(
      plan,
      [
        ParameterGroup(
          name: "vdm", parameters: transformer.store.parameters + encoder.store.parameters,
          learningRate: learningRate, weightDecay: weightDecay)
      ], beta2: 0.95)
    let joint = try GroundingLoss.selection(transformer.configuration)
    return try run.run(checkpoint: checkpoint, progress: progress) { position in
      let sample = try sample(position)
      var stream = RandomStream(key.child("draws", position))
      let timestep = drawTimestep(&stream, of: schedule.trainSteps)
      let noise = Tensor.normal(sample.latents.shape, key: key.child("noise", position))
      let level = schedule.level(timestep)
      let grounding =
        groundingWeight > 0 && !sample.grounded.isEmpty
        ? GroundingLoss(sample.grounded, textTokens: sample.ids.count) : nil
      let output = try transformer(
        DDIM.noised(sample.latents, noise: noise, level: level), text: encoder(sample.ids),
        timesteps: [Float(timestep)], rotary: rotary,
        probe: grounding?.probe(joint) ?? .none)
      let target = DDIM.velocity(sample.latents, noise: noise, level: level)
      let videoLoss = (output.sample - target).squared().mean()
      guard let places = grounding?.mean else {
        return SampleLoss(videoLoss, measured: [Double(videoLoss.scalar), 0])
      }
      return SampleLoss(
        videoLoss + places * groundingWeight,
        measured: [Double(videoLoss.scalar), Double(places.scalar)])
    }
  }

  private func drawTimestep(_ stream: inout RandomStream, of steps: Int) -> Int {
    let u = stream.uniform()
    switch timestepSampling {
    case .uniform: return min(steps - 1, Int(u * Float(steps)))
    case .low: return min(steps - 1, Int(u * u.squareRoot() * Float(steps)))
    }
  }
}
