import Tensors

/// `y = x W^T + b` with `weight [out, in]`.
public struct Linear: Sendable {
  public let weight: Parameter
  public let bias: Parameter?

  public init(
    _ scope: ParameterScope, _ inputs: Int, _ outputs: Int, bias: Bool = true,
    initializer: Initializer? = nil
  ) throws {
    weight = try scope.linearWeight(inputs, outputs, initializer ?? .uniformFanIn(inputs))
    self.bias =
      bias
      ? try scope.parameter(
        "bias", [outputs], initializer == nil ? .uniformFanIn(inputs) : .zeros) : nil
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = x.linear(weight.base, bias?.tensor)
    return weight.adapter.map { y + $0(x) } ?? y
  }
}

/// Layer normalisation over the last axis.
public struct LayerNorm: Sendable {
  public let weight: Parameter?
  public let bias: Parameter?
  public let epsilon: Float

  public init(
    _ scope: ParameterScope, _ width: Int, epsilon: Float, affine: Bool = true, bias: Bool = true
  ) throws {
    weight = affine ? try scope.parameter("weight", [width], .ones) : nil
    self.bias = affine && bias ? try scope.parameter("bias", [width], .zeros) : nil
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.layerNorm(weight?.tensor, bias?.tensor, epsilon: epsilon)
  }

  /// The norm times 1 + scale plus shift, as one pass: an adaptive norm.
  /// - Parameters:
  ///   - shift: `[groups, width]`
  ///   - scale: `[groups, width]`
  ///   - groups: rows are all axes but the last
  public func callAsFunction(
    _ x: Tensor, shift: Tensor, scale: Tensor, groups: RowGroups
  ) -> Tensor {
    let factor = scale + 1
    return x.layerNorm(
      weight.map { factor * $0.tensor } ?? factor,
      bias.map { shift + factor * $0.tensor } ?? shift, groups: groups, epsilon: epsilon)
  }
}

/// Root-mean-square normalisation over the last axis.
public struct RMSNorm: Sendable {
  public let weight: Parameter
  public let epsilon: Float

  public init(_ scope: ParameterScope, _ width: Int, epsilon: Float) throws {
    weight = try scope.parameter("weight", [width], .ones)
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor) -> Tensor { x.rmsNorm(weight.tensor, epsilon: epsilon) }
}

/// Group normalisation of `[batch, channels, ...]`.
public struct GroupNorm: Sendable {
  public let weight: Parameter
  public let bias: Parameter
  public let groups: Int
  public let epsilon: Float

  public init(_ scope: ParameterScope, groups: Int, channels: Int, epsilon: Float) throws {
    weight = try scope.parameter("weight", [channels], .ones)
    bias = try scope.parameter("bias", [channels], .zeros)
    self.groups = groups
    self.epsilon = epsilon
  }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.groupNorm(groups: groups, weight.tensor, bias.tensor, epsilon: epsilon)
  }
}

/// A table of rows looked up by id.
public struct Embedding: Sendable {
  public let weight: Parameter
  /// The id of padding, whose row learns nothing from being looked up, as with PyTorch's
  /// `padding_idx`; nil where there is none.
  private let padding: Int?

  public init(
    _ scope: ParameterScope, count: Int, width: Int, padding: Int? = nil,
    initializer: Initializer = .normal(deviation: 1)
  ) throws {
    weight = try scope.parameter("weight", [count, width], initializer)
    self.padding = padding
  }

  /// - Returns: `[ids, width]`
  public func callAsFunction(_ ids: [Int]) -> Tensor {
    let rows = weight.tensor.rows(ids)
    let places = ids.indices.filter { ids[$0] == padding }
    if places.isEmpty { return rows }
    return rows.replacingRows(places, with: rows.detached().rows(places))
  }
}
