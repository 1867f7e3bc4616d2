import Layers
import Ranks
import Tensors
import Training

/// Trains the causal autoencoder: squared reconstruction error plus a weak pull of the posterior
/// towards the standard normal.
public struct VAETraining: Sendable {
  public var plan: TrainingPlan
  public var learningRate: Float
  public var divergenceWeight: Float
  public var key: StreamKey

  public init(
    plan: TrainingPlan, learningRate: Float, divergenceWeight: Float = 1e-6, key: StreamKey
  ) {
    self.plan = plan
    self.learningRate = learningRate
    self.divergenceWeight = divergenceWeight
    self.key = key
  }

  /// - Parameter clips: `[1, channels, frames, height, width]` in -1...1 by index
  /// - Returns: reconstruction error and divergence by step.
  public func run(
    _ vae: CausalVAE, clips: Int, checkpoint: @Sendable () throws -> Void = {},
    progress: (Int, [Double]) -> Void = { _, _ in },
    clip: @escaping @Sendable (Int) throws -> Tensor
  ) throws -> [[Double]] {
    let run = TrainingRun(
      plan,
      [
        ParameterGroup(
          name: "vae", parameters: vae.store.parameters, learningRate: learningRate,
          weightDecay: 0)
      ])
    let (key, weight) = (key, divergenceWeight)
    return try run.run(checkpoint: checkpoint, progress: progress) { position in
      var stream = RandomStream(key.child("clip", position))
      let video = try clip(stream.integer(below: clips))
      let (mean, logVariance) = vae.encode(video)
      let noise = Tensor.normal(mean.shape, key: key.child("posterior", position))
      let latent = mean + (logVariance * 0.5).exp() * noise
      let error = (vae.decodeInOnePiece(latent) - video).squared().mean()
      let divergence = (mean.squared() + logVariance.exp() - logVariance - 1).mean() * 0.5
      return SampleLoss(
        error + divergence * weight,
        measured: [Double(error.scalar), Double(divergence.scalar)])
    }
  }

  /// The factor that brings latents to unit variance, `scaling_factor` of the configuration.
  public static func scalingFactor(
    _ vae: CausalVAE, clips: [Tensor]
  ) throws -> Float {
    let sums = try Workers.map(clips.count) { index in
      let mean = vae.encode(clips[index]).mean
      return (Double(mean.sumOfSquares), mean.count)
    }
    let total = sums.reduce(0) { $0 + $1.0 }
    let count = sums.reduce(0) { $0 + $1.1 }
    return Float(1 / (total / Double(count)).squareRoot())
  }
}
