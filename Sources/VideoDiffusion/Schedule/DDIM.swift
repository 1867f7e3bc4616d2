import Layers
import Tensors

/// The deterministic sampler DDIM (Song et al., 2021) for models that predict
/// v = sqrt(a) noise - sqrt(1 - a) x0 (Salimans and Ho, 2022). The clean sample comes from v, never
/// from a division by sqrt(a), which is 0 at the last timestep.
public enum DDIM {
  /// From signal power `from` to `to`, in either direction: denoising and inversion are one rule.
  public static func step(_ sample: Tensor, v: Tensor, from: Double, to: Double) -> Tensor {
    let clean = (Float(to.squareRoot()), Float((1 - to).squareRoot()))
    let (a, b) = (Float(from.squareRoot()), Float((1 - from).squareRoot()))
    let (x, v) = (sample.detached(), v.detached())
    return clean.0 * (a * x - b * v) + clean.1 * (a * v + b * x)
  }

  /// A clean sample with noise at signal power `level`.
  public static func noised(_ clean: Tensor, noise: Tensor, level: Double) -> Tensor {
    clean * Float(level.squareRoot()) + noise * Float((1 - level).squareRoot())
  }

  /// What the model should predict for it.
  public static func velocity(_ clean: Tensor, noise: Tensor, level: Double) -> Tensor {
    noise * Float(level.squareRoot()) - clean * Float((1 - level).squareRoot())
  }
}

extension NoiseSchedule {
  /// One step of the reference's sampler: from a timestep to the one `trainSteps / steps` before
  /// it. That is the next of ``timesteps(_:)`` where `steps` divides `trainSteps`; elsewhere the
  /// reference's levels drift from its timesteps by up to one.
  /// - Parameters:
  ///   - output: what the model predicted for `sample` at this timestep, in the same shape
  ///   - steps: inference steps in all
  /// - Throws: ``ConfigurationError`` where the prediction says nothing at this noise level
  public func step(
    _ sample: Tensor, _ output: Tensor, timestep: Int, steps: Int
  ) throws -> Tensor {
    try move(sample, output, from: timestep, to: timestep - trainSteps / steps)
  }

  /// One step of inversion: to a timestep from the one `trainSteps / steps` before it.
  /// - Parameter output: what the model predicted at `timestep`, although the sample is one step
  ///   less noisy
  public func inverseStep(
    _ sample: Tensor, _ output: Tensor, timestep: Int, steps: Int
  ) throws -> Tensor {
    let before = min(timestep - trainSteps / steps, trainSteps - 1)
    return try move(sample, output, from: before, to: timestep)
  }

  private func move(
    _ sample: Tensor, _ output: Tensor, from: Int, to: Int
  ) throws -> Tensor {
    for timestep in [from, to] where timestep >= trainSteps {
      throw ConfigurationError(
        model: "scheduler", key: "steps_offset",
        reason:
          "timestep \(timestep) is above \(trainSteps - 1); use fewer steps or a smaller offset"
      )
    }
    let (a, b) = (level(from), level(to))
    var (clean, noise) = try predicted(sample, output, level: a)
    if let clipRange {
      let limit = Float(clipRange)
      clean = clean.clamped(-limit, limit)
    }
    return clean * Float(b.squareRoot()) + noise * Float((1 - b).squareRoot())
  }

  /// The clean sample and the noise that a prediction stands for.
  private func predicted(
    _ sample: Tensor, _ output: Tensor, level: Double
  ) throws -> (clean: Tensor, noise: Tensor) {
    let (signal, noise) = (Float(level.squareRoot()), Float((1 - level).squareRoot()))
    func undefined(_ what: String) -> ConfigurationError {
      ConfigurationError(
        model: "scheduler", key: "prediction_type",
        reason: "'\(prediction.rawValue)' cannot recover \(what); use 'v_prediction'")
    }
    switch prediction {
    case .velocity:
      return (sample * signal - output * noise, output * signal + sample * noise)
    case .noise:
      guard signal > 0 else { throw undefined("the clean sample at zero signal") }
      return ((sample - output * noise) / signal, output)
    case .clean:
      guard noise > 0 else { throw undefined("the noise of a clean sample") }
      return (output, (sample - output * signal) / noise)
    }
  }
}
