import Tensors

/// How rotary frequencies change for sequences longer than those of the training, by the names of
/// `rope_type`.
public enum RotaryScaling: Hashable, Sendable {
  case none
  /// All frequencies over `factor`.
  case linear(factor: Double)
  /// A larger base once a sequence is longer than `length` tokens.
  case dynamic(factor: Double, length: Int)
  case yarn(YarnScaling)
  case llama3(Llama3Scaling)
  case longrope(LongRopeScaling)

  /// Angles per unit of position in a sequence of `tokens`: `[headDim / 2]`.
  func frequencies(theta: Double, headDim: Int, tokens: Int) -> [Float] {
    switch self {
    case .none: return inverseFrequencies(theta: theta, width: headDim)
    case .linear(let factor):
      return inverseFrequencies(theta: theta, width: headDim).map { $0 / Float(factor) }
    case .dynamic(let factor, let length):
      guard tokens > length else { return inverseFrequencies(theta: theta, width: headDim) }
      let stretch = factor * Double(tokens) / Double(length) - (factor - 1)
      let power = Double(headDim) / Double(headDim - 2)
      return inverseFrequencies(
        theta: theta * ScalarMath.power(stretch, power), width: headDim)
    case .yarn(let yarn): return yarn.frequencies(theta: theta, headDim: headDim)
    case .llama3(let llama): return llama.frequencies(theta: theta, headDim: headDim)
    case .longrope(let long):
      return long.frequencies(theta: theta, headDim: headDim, tokens: tokens)
    }
  }

  /// What the cosines and sines are multiplied by.
  var amplitude: Double {
    switch self {
    case .none, .linear, .dynamic, .llama3: 1
    case .yarn(let yarn): yarn.amplitude
    case .longrope(let long): long.amplitude
    }
  }
}

/// Slow pairs of a head turn slower by a factor, fast ones stay, and those between are mixed
/// (Peng et al., 2023, "YaRN", section 3.2).
public struct YarnScaling: Hashable, Sendable {
  public var factor: Double
  /// Tokens of a sequence in the training.
  public var originalLength: Int
  /// Turns within `originalLength` from which on a pair stays as it is.
  public var fastTurns = 32.0
  /// Turns up to which a pair is slowed down fully.
  public var slowTurns = 1.0
  /// Whether the ends of the mixed pairs are rounded outwards to whole pairs.
  public var isTruncated = true
  /// What the cosines and sines are multiplied by.
  public var amplitude: Double

  /// Section 3.4: the amplitude grows with the logarithm of the factor.
  static func amplitude(factor: Double, scale: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * scale * ScalarMath.log(factor) + 1
  }

  func frequencies(theta: Double, headDim: Int) -> [Float] {
    let (low, high) = mixedPairs(theta: theta, headDim: headDim)
    let span = Float((low == high ? high + 0.001 : high) - low)
    return wavelengths(theta: theta, headDim: headDim).enumerated().map { pair, length in
      let slowed = min(max((Float(pair) - Float(low)) / span, 0), 1)
      let kept = 1 - slowed
      return 1 / (Float(factor) * length) * (1 - kept) + 1 / length * kept
    }
  }

  /// First and last of the pairs that are mixed, as places that need not be whole.
  private func mixedPairs(theta: Double, headDim: Int) -> (low: Double, high: Double) {
    func pair(turning turns: Double) -> Double {
      Double(headDim) * ScalarMath.log(Double(originalLength) / (turns * 2 * Double.pi))
        / (2 * ScalarMath.log(theta))
    }
    var (low, high) = (pair(turning: fastTurns), pair(turning: slowTurns))
    if isTruncated { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    return (max(low, 0), min(high, Double(headDim - 1)))
  }
}

/// Frequencies whose waves are longer than a bound are divided by a factor, those with waves
/// shorter than another stay, and those between are mixed (Llama 3.1).
public struct Llama3Scaling: Hashable, Sendable {
  public var factor: Double
  /// Tokens of a sequence in the training.
  public var originalLength: Int
  /// `originalLength` over the length of the waves from which on they are stretched.
  public var lowFactor: Double
  /// `originalLength` over the length of the waves up to which they stay.
  public var highFactor: Double

  func frequencies(theta: Double, headDim: Int) -> [Float] {
    let (longest, shortest) = (
      Float(Double(originalLength) / lowFactor), Float(Double(originalLength) / highFactor)
    )
    return wavelengths(theta: theta, headDim: headDim).map { length in
      let frequency = 1 / length
      let wave = Float(2 * Double.pi) / frequency
      if wave > longest { return frequency / Float(factor) }
      if wave < shortest { return frequency }
      let kept =
        (Float(originalLength) / wave - Float(lowFactor)) / Float(highFactor - lowFactor)
      return (1 - kept) * frequency / Float(factor) + kept * frequency
    }
  }
}

/// Every pair has a factor of its own, one for short sequences and another for those longer than
/// in the training (Ding et al., 2024, "LongRoPE").
public struct LongRopeScaling: Hashable, Sendable {
  /// `[headDim / 2]`
  public var short: [Double]
  /// `[headDim / 2]`
  public var long: [Double]
  /// Tokens of a sequence in the training.
  public var originalLength: Int
  /// What the cosines and sines are multiplied by.
  public var amplitude: Double

  /// The amplitude that goes with sequences `factor` times as long.
  static func amplitude(factor: Double, originalLength: Int) -> Double {
    factor <= 1
      ? 1
      : (1 + ScalarMath.log(factor) / ScalarMath.log(Double(originalLength))).squareRoot()
  }

  func frequencies(theta: Double, headDim: Int, tokens: Int) -> [Float] {
    zip(tokens > originalLength ? long : short, wavelengths(theta: theta, headDim: headDim))
      .map { 1 / (Float($0) * $1) }
  }
}

/// `theta^(2i / headDim)` in the single precision of the reference library: `[headDim / 2]`.
private func wavelengths(theta: Double, headDim: Int) -> [Float] {
  (0..<headDim / 2).map { pair in
    let power = Float(2 * pair) / Float(headDim)
    return Float(ScalarMath.power(Double(Float(theta)), Double(power)))
  }
}
