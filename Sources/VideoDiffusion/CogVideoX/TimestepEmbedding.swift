import Layers
import Tensors

/// Sinusoidal features of a number and the two-layer network on top of them.
struct TimestepEmbedding: Sendable {
  private let first: Linear
  private let second: Linear
  private let features: Int
  private let configuration: CogVideoXConfiguration

  /// - Parameter features: width of the sinusoidal features
  init(
    _ scope: ParameterScope, features: Int, width: Int, _ configuration: CogVideoXConfiguration
  ) throws {
    first = try Linear(scope["linear_1"], features, width)
    second = try Linear(scope["linear_2"], width, width)
    self.features = features
    self.configuration = configuration
  }

  /// - Returns: `[numbers, width]`
  func callAsFunction(_ numbers: [Float]) -> Tensor {
    let half = features / 2
    let divisor = Float(Double(half) - configuration.freqShift)
    let sinusoids = Tensor(shape: [numbers.count, features]) { out in
      for (row, number) in numbers.enumerated() {
        for i in 0..<half {
          // Rounded to single precision where the reference rounds: an angle of 1,000 radians has
          // lost four digits by then.
          let exponent = Float(-ScalarMath.log(10_000)) * Float(i) / divisor
          let frequency = Float(ScalarMath.exp(Double(exponent)))
          let (sine, cosine) = ScalarMath.sinCos(Double(number * frequency))
          let (low, high) = configuration.flipSinToCos ? (cosine, sine) : (sine, cosine)
          out[row * features + i] = Float(low)
          out[row * features + half + i] = Float(high)
        }
        if features % 2 == 1 { out[row * features + features - 1] = 0 }
      }
    }
    return second(configuration.timestepActivation(first(sinusoids)))
  }
}
