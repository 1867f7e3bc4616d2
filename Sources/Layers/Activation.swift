import Tensors

/// Activations by the names that Hugging Face configurations use.
public enum Activation: String, Sendable, CaseIterable {
  case gelu
  case geluNew = "gelu_new"
  case geluTanh = "gelu_pytorch_tanh"
  case geluApproximate = "gelu-approximate"
  case silu
  case swish
  case relu

  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .gelu: x.gelu()
    case .geluNew, .geluTanh, .geluApproximate: x.geluTanh()
    case .silu, .swish: x.silu()
    case .relu: x.relu()
    }
  }
}
