import Capture
import Layers
import Tensors

extension InternVL {
  /// The tower's choice of normalisation.
  enum Norm: Sendable {
    case layer(LayerNorm)
    case rootMeanSquare(RMSNorm)

    init(_ scope: ParameterScope, _ configuration: VisionConfiguration) throws {
      let (width, epsilon) = (configuration.width, configuration.normEpsilon)
      switch configuration.norm {
      case .layerNorm: self = .layer(try LayerNorm(scope, width, epsilon: epsilon))
      case .rmsNorm: self = .rootMeanSquare(try RMSNorm(scope, width, epsilon: epsilon))
      }
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
      switch self {
      case .layer(let norm): norm(x)
      case .rootMeanSquare(let norm): norm(x)
      }
    }
  }

  /// Queries, keys and values from layers of their own or from one.
  enum Projections: Sendable {
    case separate([Linear])
    case joined(Linear)

    /// `[..., width]` -> three of the same shape.
    func callAsFunction(_ x: Tensor) -> [Tensor] {
      switch self {
      case .separate(let layers): layers.map { $0(x) }
      case .joined(let layer): layer(x).split(-1, into: 3)
      }
    }
  }

  /// Pre-normalised attention over a tile, then an MLP, each scaled by a learned vector
  /// (Touvron et al., 2021, LayerScale).
  struct VisionBlock: Sendable {
    let attentionNorm: Norm
    let projections: Projections
    let queryNorm: RMSNorm?
    let keyNorm: RMSNorm?
    let output: Linear
    let attentionScale: Parameter
    let mlpNorm: Norm
    let inner: Linear
    let outer: Linear
    let mlpScale: Parameter
    let activation: Activation
    let heads: Int

    init(
      _ scope: ParameterScope, _ configuration: VisionConfiguration, _ names: TowerNames
    ) throws {
      (heads, activation) = (configuration.heads, configuration.activation)
      let (width, bias) = (configuration.width, configuration.attentionBias)
      let initializer = Initializer.normal(deviation: configuration.initializerRange)
      let scale = Initializer.constant(configuration.layerScale)
      let attention = scope[names.attention]
      attentionScale = try scope.parameter(names.scales.0, [width], scale)
      mlpScale = try scope.parameter(names.scales.1, [width], scale)
      if let joined = names.joined {
        projections = .joined(
          try Linear(attention[joined], width, 3 * width, bias: bias, initializer: initializer))
      } else {
        projections = .separate(
          try ["q_proj", "k_proj", "v_proj"].map {
            try Linear(attention[$0], width, width, bias: bias, initializer: initializer)
          })
      }
      func norm(_ name: String) throws -> RMSNorm? {
        guard configuration.normalisesQueriesAndKeys else { return nil }
        return try RMSNorm(attention[name], width, epsilon: configuration.queryNormEpsilon)
      }
      (queryNorm, keyNorm) = (try norm("q_norm"), try norm("k_norm"))
      output = try Linear(attention[names.output], width, width, initializer: initializer)
      inner = try Linear(
        scope["mlp"]["fc1"], width, configuration.inner, initializer: initializer)
      outer = try Linear(
        scope["mlp"]["fc2"], configuration.inner, width, initializer: initializer)
      attentionNorm = try Norm(scope[names.norms.0], configuration)
      mlpNorm = try Norm(scope[names.norms.1], configuration)
    }

    /// `[tiles, tokens, width] -> [tiles, tokens, width]`
    func callAsFunction(_ x: Tensor, probe: Probe) throws -> Tensor {
      let parts = projections(attentionNorm(x))
      let shape = [x.shape[0], x.shape[1], heads, x.shape[2] / heads]
      let q = queryNorm.map { $0(parts[0]) } ?? parts[0]
      let k = keyNorm.map { $0(parts[1]) } ?? parts[1]
      let mixed = try probe.attention(
        q.reshaped(shape), k.reshaped(shape), parts[2].reshaped(shape)
      ).reshaped(x.shape)
      let hidden = x + output(mixed) * attentionScale.tensor
      let result = hidden + outer(activation(inner(mlpNorm(hidden)))) * mlpScale.tensor
      try probe.record("output", result)
      return result
    }
  }
}
