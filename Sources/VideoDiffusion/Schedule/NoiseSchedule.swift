import JSON
import Tensors

/// How inference steps are spread over the training timesteps (Lin et al., 2024, table 2).
public enum TimestepSpacing: String, Sendable, CaseIterable {
  case trailing
  case linspace
}

/// CogVideoX's noise levels: scaled-linear betas, the SNR shift, and rescaling to zero terminal
/// SNR (Lin et al., 2024, algorithm 1).
public struct NoiseSchedule: Sendable {
  public let trainSteps: Int
  public let spacing: TimestepSpacing
  /// Share of signal power at each timestep, falling from nearly 1 to exactly 0.
  public let alphaBar: [Double]

  public init(
    trainSteps: Int = 1000, betaStart: Double = 0.00085, betaEnd: Double = 0.012,
    snrShift: Double = 3, zeroTerminalSNR: Bool = true, spacing: TimestepSpacing = .trailing
  ) {
    self.trainSteps = trainSteps
    self.spacing = spacing
    let (low, high) = (betaStart.squareRoot(), betaEnd.squareRoot())
    var product = 1.0
    var levels = (0..<trainSteps).map { i in
      let root = low + (high - low) * Double(i) / Double(max(trainSteps - 1, 1))
      product *= 1 - root * root
      return product / (snrShift + (1 - snrShift) * product)
    }
    if zeroTerminalSNR {
      let roots = levels.map { $0.squareRoot() }
      let (first, last) = (roots[0], roots[trainSteps - 1])
      levels = roots.map {
        let root = ($0 - last) * (first / (first - last))
        return root * root
      }
    }
    alphaBar = levels
  }

  /// A `scheduler_config.json` of `CogVideoXDDIMScheduler`.
  public init(_ json: JSONNode) throws {
    func require(_ key: String, _ expected: String) throws {
      let found = try json.string(key, default: expected)
      guard found == expected else {
        throw ConfigurationError(
          model: "scheduler", key: key, reason: "'\(found)' is not built; '\(expected)' is")
      }
    }
    try require("prediction_type", "v_prediction")
    try require("beta_schedule", "scaled_linear")
    let name = try json.string("timestep_spacing", default: "trailing")
    guard let spacing = TimestepSpacing(rawValue: name) else {
      throw ConfigurationError(
        model: "scheduler", key: "timestep_spacing",
        reason: "unknown spacing '\(name)'; known: trailing, linspace")
    }
    self.init(
      trainSteps: try json.int("num_train_timesteps", default: 1000),
      betaStart: try json.double("beta_start", default: 0.00085),
      betaEnd: try json.double("beta_end", default: 0.012),
      snrShift: try json.double("snr_shift_scale", default: 3),
      zeroTerminalSNR: try json.bool("rescale_betas_zero_snr", default: true), spacing: spacing)
  }

  /// Timesteps of `steps` inference steps, noisiest first.
  public func timesteps(_ steps: Int) -> [Int] {
    precondition(steps >= 1 && steps <= trainSteps, "\(steps) steps of \(trainSteps)")
    switch spacing {
    case .trailing:
      let ratio = Double(trainSteps) / Double(steps)
      return (0..<steps).map {
        Int((Double(trainSteps) - Double($0) * ratio).rounded(.toNearestOrEven)) - 1
      }
    case .linspace:
      if steps == 1 { return [0] }
      return (0..<steps).reversed().map {
        Int((Double($0) * Double(trainSteps - 1) / Double(steps - 1)).rounded(.toNearestOrEven))
      }
    }
  }

  /// Signal power at a timestep; 1 before the first.
  public func level(_ timestep: Int) -> Double { timestep < 0 ? 1 : alphaBar[timestep] }
}

/// The deterministic sampler DDIM (Song et al., 2021) for models that predict
/// v = sqrt(a) noise - sqrt(1 - a) x0 (Salimans and Ho, 2022). The clean sample comes from v, never
/// from a division by sqrt(a), which is 0 at the last timestep.
public enum DDIM {
  /// From signal power `from` to `to`, in either direction: denoising and inversion are one rule.
  public static func step(_ sample: Tensor, v: Tensor, from: Double, to: Double) -> Tensor {
    let clean = (Float(to.squareRoot()), Float((1 - to).squareRoot()))
    let (a, b) = (Float(from.squareRoot()), Float((1 - from).squareRoot()))
    return Tensor(shape: sample.shape) { out in
      VectorMath.map(sample.pointer, v.pointer, out, sample.count) { x, v in
        clean.0 * (a * x - b * v) + clean.1 * (a * v + b * x)
      }
    }
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
