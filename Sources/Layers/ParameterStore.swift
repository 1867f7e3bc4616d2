import Tensors

/// How a parameter gets its first values when it is not read from a checkpoint.
public enum Initializer: Sendable {
  case zeros
  case ones
  case constant(Float)
  case normal(deviation: Float)
  /// Uniform in +-1/sqrt(fanIn), the default of PyTorch's linear and convolution layers.
  case uniformFanIn(Int)
}

/// Where the values of parameters come from.
public enum ParameterSource {
  /// Drawn from a stream; each parameter from the child stream of its own name, so that adding a
  /// layer never changes another layer's values.
  case random(StreamKey)
  /// Looked up by name; throws when the name is missing or the shape differs.
  case lookup((_ name: String, _ shape: [Int]) throws -> Tensor)
}

/// All parameters of one model in order of creation, under their checkpoint names.
public final class ParameterStore: @unchecked Sendable {
  public private(set) var parameters: [Parameter] = []
  /// The weights `[out, in]` of linear layers, which adapters can be put on.
  public private(set) var linearWeights: [Parameter] = []
  private let source: ParameterSource

  public init(_ source: ParameterSource) { self.source = source }

  /// The root scope, where names have no prefix.
  public var root: ParameterScope { ParameterScope(store: self, prefix: "") }

  func make(_ name: String, _ shape: [Int], _ initializer: Initializer) throws -> Parameter {
    let values: Tensor
    switch source {
    case .lookup(let find): values = try find(name, shape)
    case .random(let key):
      switch initializer {
      case .zeros: values = .zeros(shape)
      case .ones: values = .full(shape, 1)
      case .constant(let value): values = .full(shape, value)
      case .normal(let deviation): values = .normal(shape, key: key.child(name)) * deviation
      case .uniformFanIn(let fanIn):
        let bound = 1 / Float(max(fanIn, 1)).squareRoot()
        values = .uniform(shape, in: -bound...bound, key: key.child(name))
      }
    }
    let parameter = Parameter(name: name, values)
    parameters.append(parameter)
    return parameter
  }

  fileprivate func register(linearWeight weight: Parameter) { linearWeights.append(weight) }

  public func freeze() { for parameter in parameters { parameter.isTrainable = false } }

  /// Freezes for good: a model that others share is never trained in place.
  public func seal() { for parameter in parameters { parameter.seal() } }

  /// Lets the system have the memory of mapped weights back; they are read again when needed. For a
  /// component that has done its part.
  public func releasePages() { for parameter in parameters { parameter.releasePages() } }

  /// Names and values for a checkpoint.
  public var entries: [(name: String, tensor: Tensor)] {
    parameters.map { ($0.name, $0.data) }
  }
}

/// A place in the tree of names; `scope["blocks"][0]` prefixes `blocks.0.`.
public struct ParameterScope {
  let store: ParameterStore
  let prefix: String

  public subscript(name: String) -> ParameterScope {
    ParameterScope(store: store, prefix: prefix.isEmpty ? name : prefix + "." + name)
  }

  public subscript(index: Int) -> ParameterScope { self[String(index)] }

  public func parameter(
    _ name: String, _ shape: [Int], _ initializer: Initializer
  ) throws -> Parameter {
    try store.make(self[name].prefix, shape, initializer)
  }

  /// The parameter `weight` of a linear layer, `[outputs, inputs]`.
  public func linearWeight(
    _ inputs: Int, _ outputs: Int, _ initializer: Initializer
  ) throws -> Parameter {
    let weight = try parameter("weight", [outputs, inputs], initializer)
    store.register(linearWeight: weight)
    return weight
  }
}
