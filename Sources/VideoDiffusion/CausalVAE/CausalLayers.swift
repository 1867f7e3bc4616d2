import Layers
import Tensors

/// A 3D convolution that sees no later frame: the first frame is repeated in front.
/// All video tensors in the VAE are `[batch, channels, frames, height, width]`.
struct CausalConvolution: Sendable {
  private let weight: Parameter
  private let bias: Parameter
  private let kernel: Int

  /// - Parameter scope: holds `conv.weight` and `conv.bias`
  init(_ scope: ParameterScope, _ inputs: Int, _ outputs: Int, kernel: Int = 3) throws {
    let fanIn = inputs * kernel * kernel * kernel
    weight = try scope["conv"].parameter(
      "weight", [outputs, inputs, kernel, kernel, kernel], .uniformFanIn(fanIn))
    bias = try scope["conv"].parameter("bias", [outputs], .uniformFanIn(fanIn))
    self.kernel = kernel
  }

  /// - Parameter cache: the frames before, when `x` is a batch of a longer clip
  func callAsFunction(_ x: Tensor, cache: ConvolutionCache? = nil) -> Tensor {
    let side = (kernel - 1) / 2
    var padded = x
    if kernel > 1 {
      padded =
        cache?.extended(x, by: kernel - 1, for: weight) ?? x.padFrames(repeatingFirst: kernel - 1)
    }
    return padded.conv3d(
      weight.tensor, bias.tensor, padding: [(0, 0), (side, side), (side, side)])
  }
}

/// Normalisation of features, in the decoder conditioned on the latent (Zheng et al., MoVQ, 2022).
struct SpatialNorm: Sendable {
  private let norm: GroupNorm
  private let scale: CausalConvolution
  private let shift: CausalConvolution

  init(
    _ scope: ParameterScope, channels: Int, latentChannels: Int, groups: Int
  ) throws {
    norm = try GroupNorm(scope["norm_layer"], groups: groups, channels: channels, epsilon: 1e-6)
    scale = try CausalConvolution(scope["conv_y"], latentChannels, channels, kernel: 1)
    shift = try CausalConvolution(scope["conv_b"], latentChannels, channels, kernel: 1)
  }

  /// A convolution over single cells commutes with repeating them, so the latent is mapped first
  /// and repeated after.
  func callAsFunction(_ x: Tensor, latent: Tensor) -> Tensor {
    norm(x) * Self.spread(scale(latent), to: x.shape) + Self.spread(shift(latent), to: x.shape)
  }

  /// Repeats latent cells over a finer grid; with an odd number of frames the first stands alone.
  private static func spread(_ latent: Tensor, to shape: [Int]) -> Tensor {
    func repeated(_ z: Tensor, frames: Int) -> Tensor {
      z.upsampledNearest(
        frames: frames / z.shape[2], height: shape[3] / z.shape[3], width: shape[4] / z.shape[4])
    }
    let frames = shape[2]
    guard frames > 1, frames % 2 == 1 else { return repeated(latent, frames: frames) }
    return Tensor.concatenate(
      [
        repeated(latent.slice(2, 0..<1), frames: 1),
        repeated(latent.slice(2, 1..<latent.shape[2]), frames: frames - 1),
      ], axis: 2)
  }
}

/// Either kind of normalisation in a residual block.
enum ResidualNorm: Sendable {
  case group(GroupNorm)
  case spatial(SpatialNorm)

  func callAsFunction(_ x: Tensor, latent: Tensor?) -> Tensor {
    switch self {
    case .group(let norm): norm(x)
    case .spatial(let norm): norm(x, latent: latent!)
    }
  }
}

/// norm, activation, convolution, twice, plus the input.
struct ResidualBlock3D: Sendable {
  private let norm1: ResidualNorm
  private let norm2: ResidualNorm
  private let conv1: CausalConvolution
  private let conv2: CausalConvolution
  private let shortcut: PointwiseConvolution?
  private let activation: Activation

  /// - Parameter decoding: whether normalisation is conditioned on the latent
  init(
    _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, _ configuration: VAEConfiguration,
    decoding: Bool
  ) throws {
    func norm(_ name: String, _ channels: Int) throws -> ResidualNorm {
      decoding
        ? .spatial(
          try SpatialNorm(
            scope[name], channels: channels, latentChannels: configuration.latentChannels,
            groups: configuration.normGroups))
        : .group(
          try GroupNorm(
            scope[name], groups: configuration.normGroups, channels: channels,
            epsilon: configuration.normEpsilon))
    }
    norm1 = try norm("norm1", inputs)
    norm2 = try norm("norm2", outputs)
    conv1 = try CausalConvolution(scope["conv1"], inputs, outputs)
    conv2 = try CausalConvolution(scope["conv2"], outputs, outputs)
    shortcut =
      inputs == outputs ? nil : try PointwiseConvolution(scope["conv_shortcut"], inputs, outputs)
    activation = configuration.activation
  }

  func callAsFunction(
    _ x: Tensor, latent: Tensor? = nil, cache: ConvolutionCache? = nil
  ) -> Tensor {
    let inner = conv1(activation(norm1(x, latent: latent)), cache: cache)
    let outer = conv2(activation(norm2(inner, latent: latent)), cache: cache)
    return outer + (shortcut.map { $0(x) } ?? x)
  }
}

/// A convolution over single cells.
struct PointwiseConvolution: Sendable {
  private let weight: Parameter
  private let bias: Parameter
  var inputs: Int { weight.shape[1] }

  init(_ scope: ParameterScope, _ inputs: Int, _ outputs: Int) throws {
    weight = try scope.parameter("weight", [outputs, inputs, 1, 1, 1], .uniformFanIn(inputs))
    bias = try scope.parameter("bias", [outputs], .uniformFanIn(inputs))
  }

  func callAsFunction(_ x: Tensor) -> Tensor { x.conv3d(weight.tensor, bias.tensor) }
}

/// A 2D convolution over every frame.
struct FrameConvolution: Sendable {
  private let weight: Parameter
  private let bias: Parameter

  init(_ scope: ParameterScope, _ channels: Int) throws {
    weight = try scope.parameter("weight", [channels, channels, 3, 3], .uniformFanIn(9 * channels))
    bias = try scope.parameter("bias", [channels], .uniformFanIn(9 * channels))
  }

  func callAsFunction(
    _ x: Tensor, stride: Int, padding: [(before: Int, after: Int)]
  ) -> Tensor {
    let channels = weight.shape[0]
    return x.conv3d(
      weight.tensor.reshaped([channels, channels, 1, 3, 3]), bias.tensor,
      stride: (1, stride, stride), padding: [(0, 0)] + padding)
  }
}

/// Halves height and width, and time when asked: pairs of frames are averaged, an odd first frame
/// is kept.
struct Downsample3D: Sendable {
  private let conv: FrameConvolution
  private let compressesTime: Bool

  init(_ scope: ParameterScope, _ channels: Int, compressesTime: Bool) throws {
    conv = try FrameConvolution(scope["conv"], channels)
    self.compressesTime = compressesTime
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    conv(compressesTime ? halved(x) : x, stride: 2, padding: [(0, 1), (0, 1)])
  }

  private func halved(_ x: Tensor) -> Tensor {
    let frames = x.shape[2]
    guard frames % 2 == 1 else { return x.averagePooled(frames: 2) }
    let first = x.slice(2, 0..<1)
    if frames == 1 { return first }
    return Tensor.concatenate([first, x.slice(2, 1..<frames).averagePooled(frames: 2)], axis: 2)
  }
}

/// Doubles height and width, and time when asked: frames are repeated, an odd first one is not.
struct Upsample3D: Sendable {
  private let conv: FrameConvolution
  private let compressesTime: Bool

  init(_ scope: ParameterScope, _ channels: Int, compressesTime: Bool) throws {
    conv = try FrameConvolution(scope["conv"], channels)
    self.compressesTime = compressesTime
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    conv(doubled(x), stride: 1, padding: [(1, 1), (1, 1)])
  }

  private func doubled(_ x: Tensor) -> Tensor {
    let frames = x.shape[2]
    guard compressesTime, frames > 1 else { return x.upsampledNearest(height: 2, width: 2) }
    guard frames % 2 == 1 else { return x.upsampledNearest(frames: 2, height: 2, width: 2) }
    return Tensor.concatenate(
      [
        x.slice(2, 0..<1).upsampledNearest(height: 2, width: 2),
        x.slice(2, 1..<frames).upsampledNearest(frames: 2, height: 2, width: 2),
      ], axis: 2)
  }
}
