import Layers
import Tensors

/// The feed-forward networks of diffusers' blocks, by what `activation_fn` calls them.
public enum FeedForwardKind: Sendable, CaseIterable {
  case gelu
  case tanhGELU
  /// One half of the features times the GELU of the other (Shazeer, 2020).
  case gatedGELU
  /// x sigmoid(1.702 x). Its name promises a gate that it does not have.
  case sigmoidGELU
  /// One half of the features times the SiLU of the other.
  case gatedSiLU
  case silu

  static let names: [String: FeedForwardKind] = [
    "gelu": .gelu, "gelu-approximate": .tanhGELU, "geglu": .gatedGELU,
    "geglu-approximate": .sigmoidGELU, "swiglu": .gatedSiLU, "linear-silu": .silu,
  ]

  var isGated: Bool { self == .gatedGELU || self == .gatedSiLU }

  fileprivate var function: Activation {
    switch self {
    case .gelu, .gatedGELU: .gelu
    case .tanhGELU: .tanhGELU
    case .sigmoidGELU: .quickGELU
    case .gatedSiLU, .silu: .silu
    }
  }
}

/// Two linear layers with a bend between them; four times as wide inside.
struct FeedForward: Sendable {
  private let kind: FeedForwardKind
  private let entry: Linear
  private let exit: Linear

  init(_ scope: ParameterScope, width: Int, kind: FeedForwardKind) throws {
    self.kind = kind
    let inner = 4 * width
    entry = try Linear(scope["net"][0]["proj"], width, kind.isGated ? 2 * inner : inner)
    exit = try Linear(scope["net"][2], inner, width)
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let inner = entry(x)
    guard kind.isGated else { return exit(kind.function(inner)) }
    let halves = inner.split(-1, into: 2)
    return exit(halves[0] * kind.function(halves[1]))
  }
}
