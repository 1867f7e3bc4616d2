import Tensors

/// How inference steps are spread over the training timesteps (Lin et al., 2024, table 2).
public enum TimestepSpacing: String, Sendable, CaseIterable {
  case trailing
  case linspace
  case leading
}

/// What a model is trained to predict.
public enum Prediction: String, Sendable, CaseIterable {
  case noise = "epsilon"
  case clean = "sample"
  /// v = sqrt(a) noise - sqrt(1 - a) clean (Salimans and Ho, 2022).
  case velocity = "v_prediction"
}

/// How much noise each training step adds.
public enum BetaCurve: Sendable {
  case linear
  /// Linear in the square root, as latent diffusion has it.
  case scaledLinear
  /// From a squared cosine of the signal power (Nichol and Dhariwal, 2021).
  case squaredCosine
  case listed([Double])

  func values(_ count: Int, from first: Double, to last: Double) -> [Double] {
    func line(_ low: Double, _ high: Double) -> [Double] {
      (0..<count).map { low + (high - low) * Double($0) / Double(max(count - 1, 1)) }
    }
    switch self {
    case .linear: return line(first, last)
    case .scaledLinear: return line(first.squareRoot(), last.squareRoot()).map { $0 * $0 }
    case .squaredCosine:
      func power(_ i: Int) -> Double {
        let angle = (Double(i) / Double(count) + 0.008) / 1.008 * Double.pi / 2
        let cosine = ScalarMath.sinCos(angle).cos
        return cosine * cosine
      }
      return (0..<count).map { min(1 - power($0 + 1) / power($0), 0.999) }
    case .listed(let betas): return betas
    }
  }
}

/// CogVideoX's noise levels: scaled-linear betas, the SNR shift, and rescaling to zero terminal
/// SNR (Lin et al., 2024, algorithm 1). Denoising and inversion read the same levels, so the shift
/// holds in both directions.
public struct NoiseSchedule: Sendable {
  public let trainSteps: Int
  public let spacing: TimestepSpacing
  /// Share of signal power at each timestep, falling from nearly 1 to exactly 0.
  public let alphaBar: [Double]
  public var prediction = Prediction.velocity
  /// What to tell the user of the file that it was read from.
  public internal(set) var warnings: [String] = []
  /// Added to the timesteps of `leading` spacing.
  public var stepsOffset = 0
  /// Share of signal power of what lies before the first timestep: that of a clean sample, or that
  /// of the first timestep itself.
  public var startsClean = true
  /// Largest magnitude of a predicted clean sample; CogVideoX's own sampler has none.
  public var clipRange: Double?

  public init(
    trainSteps: Int = 1000, betaStart: Double = 0.00085, betaEnd: Double = 0.012,
    betas: BetaCurve = .scaledLinear, snrShift: Double = 3, zeroTerminalSNR: Bool = true,
    spacing: TimestepSpacing = .trailing
  ) {
    self.trainSteps = trainSteps
    self.spacing = spacing
    var product = 1.0
    var levels = betas.values(trainSteps, from: betaStart, to: betaEnd).map { beta in
      product *= 1 - beta
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

  /// Timesteps of `steps` inference steps, noisiest first; `steps` of them, where the reference's
  /// `trailing` spacing has one more, of -1, for some numbers of steps (61 of 1000).
  public func timesteps(_ steps: Int) -> [Int] {
    precondition(steps >= 1 && steps <= trainSteps, "\(steps) steps of \(trainSteps)")
    let last = Double(trainSteps)
    switch spacing {
    case .trailing:
      // The reference's arange rounds its step to this.
      let stride = (last - last / Double(steps)) - last
      return (0..<steps).map { Int((last + Double($0) * stride).rounded(.toNearestOrEven)) - 1 }
    case .linspace:
      if steps == 1 { return [0] }
      let stride = (last - 1) / Double(steps - 1)
      return (0..<steps).reversed().map {
        Int((Double($0) * stride).rounded(.toNearestOrEven))
      }
    case .leading:
      return (0..<steps).reversed().map { $0 * (trainSteps / steps) + stepsOffset }
    }
  }

  /// Signal power at a timestep; before the first that of the start.
  public func level(_ timestep: Int) -> Double {
    timestep < 0 ? (startsClean ? 1 : alphaBar[0]) : alphaBar[timestep]
  }
}
