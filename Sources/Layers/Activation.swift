import Tensors

/// Functions of one number that configurations name.
public enum Activation: Sendable, CaseIterable {
  case gelu
  case tanhGELU
  case quickGELU
  case silu
  case mish
  case relu
  case squaredReLU
  case relu6
  case leakyReLU
  case sigmoid
  case tanh
  case identity

  /// Names that diffusers' blocks know, in any case of letters.
  public static let diffusers: [String: Activation] = [
    "swish": .silu, "silu": .silu, "mish": .mish, "gelu": .gelu, "relu": .relu,
  ]

  /// Names of transformers' table that are built; its others are rare, and an error.
  public static let transformers: [String: Activation] = [
    "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .tanhGELU, "gelu_fast": .tanhGELU,
    "gelu_accurate": .tanhGELU, "gelu_pytorch_tanh": .tanhGELU, "gelu_python_tanh": .tanhGELU,
    "quick_gelu": .quickGELU, "silu": .silu, "swish": .silu, "mish": .mish, "relu": .relu,
    "relu2": .squaredReLU, "relu6": .relu6, "leaky_relu": .leakyReLU, "sigmoid": .sigmoid,
    "tanh": .tanh, "linear": .identity,
  ]

  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .gelu: x.gelu()
    case .tanhGELU: x.geluTanh()
    case .quickGELU: x * (x * 1.702).sigmoid()
    case .silu: x.silu()
    case .mish: x.mish()
    case .relu: x.relu()
    case .squaredReLU: x.relu().squared()
    case .relu6: x.relu() - (x - 6).relu()
    case .leakyReLU: x.relu() - (-x).relu() * 0.01
    case .sigmoid: x.sigmoid()
    case .tanh: x.tanh()
    case .identity: x
    }
  }
}
