import Layers
import Tensors

/// Sinusoidal timestep features and the two-layer network on top of them.
struct TimestepEmbedding: Sendable {
  private let first: Linear
  private let second: Linear
  private let configuration: CogVideoXConfiguration

  init(_ scope: ParameterScope, _ configuration: CogVideoXConfiguration) throws {
    first = try Linear(scope["linear_1"], configuration.width, configuration.timeEmbedDim)
    second = try Linear(scope["linear_2"], configuration.timeEmbedDim, configuration.timeEmbedDim)
    self.configuration = configuration
  }

  /// - Returns: `[batch, timeEmbedDim]`
  func callAsFunction(_ timesteps: [Float]) -> Tensor {
    let width = configuration.width
    let half = width / 2
    let features = Tensor(shape: [timesteps.count, width]) { out in
      for (row, timestep) in timesteps.enumerated() {
        for i in 0..<half {
          let exponent = -ScalarMath.log(10_000) * Double(i)
          let frequency = ScalarMath.exp(exponent / Double(half - configuration.freqShift))
          let (sine, cosine) = ScalarMath.sinCos(Double(timestep) * frequency)
          let (low, high) = configuration.flipSinToCos ? (cosine, sine) : (sine, cosine)
          out[row * width + i] = Float(low)
          out[row * width + half + i] = Float(high)
        }
        if width % 2 == 1 { out[row * width + width - 1] = 0 }
      }
    }
    return second(configuration.timestepActivation(first(features)))
  }
}
