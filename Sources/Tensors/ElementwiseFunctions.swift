import Kernels
import Ranks

extension Tensor {
  /// A curve's value at every element.
  private func applying(_ curve: Curve) -> Tensor {
    if let node = gradientNode, curve.hasDearSlope {
      return applying(curve, keepingSlopesFor: node)
    }
    let result = Tensor.computed(shape) { out in
      Workers.forEachBlock(of: count) { curve.apply(storage, into: out, $0) }
    }
    guard let node = gradientNode else { return result }
    let x = detached()
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.computed(x.shape) {
        curve.slope(gradient.storage, x.storage, result.storage, into: $0, 0..<x.count)
      }
      sink.add(dx, to: node, owned: true)
    }
  }

  private func applying(_ curve: Curve, keepingSlopesFor node: GradientNode) -> Tensor {
    let slopes = TensorStorage(uninitialized: count)
    let result = Tensor.computed(shape) { out in
      Workers.forEachBlock(of: count) { curve.apply(storage, into: out, slopes: slopes, $0) }
    }
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.computed(gradient.shape) {
        Elementwise.combine(.product, gradient.storage, slopes, into: $0, 0..<slopes.count)
      }
      sink.add(dx, to: node, owned: true)
    }
  }

  public func exp() -> Tensor { applying(.exp) }
  public func tanh() -> Tensor { applying(.tanh) }
  public func erf() -> Tensor { applying(.erf) }
  public func sin() -> Tensor { applying(.sine) }
  public func cos() -> Tensor { applying(.cosine) }
  public func squared() -> Tensor { applying(.square) }
  public func squareRoot() -> Tensor { applying(.squareRoot) }

  /// The logistic function 1 / (1 + e^-x).
  public func sigmoid() -> Tensor { applying(.sigmoid) }

  /// x times sigmoid(x) (Elfwing et al., 2018), also called Swish.
  public func silu() -> Tensor { applying(.silu) }

  /// x tanh(ln(1 + e^x)) (Misra, 2019).
  public func mish() -> Tensor { applying(.mish) }

  public func relu() -> Tensor { applying(.relu) }

  /// |x|; its gradient at 0 is 0.
  public func absolute() -> Tensor { applying(.magnitude) }

  /// GELU with the normal distribution function (Hendrycks and Gimpel, 2016).
  public func gelu() -> Tensor { applying(.gelu) }

  /// GELU in its tanh approximation (`gelu-approximate`, `gelu_new`, `gelu_pytorch_tanh`).
  public func geluTanh() -> Tensor { applying(.tanhGELU) }

  /// Natural logarithm, in double precision and rounded; for losses, not for large tensors.
  public func log() -> Tensor {
    let result = Tensor.computed(shape) { Elementwise.log(storage, into: $0, 0..<count) }
    guard let node = gradientNode else { return result }
    let x = detached()
    return result.recording([node]) { gradient, sink in
      let dx = Tensor.computed(x.shape) {
        Elementwise.combine(.quotient, gradient.storage, x.storage, into: $0, 0..<x.count)
      }
      sink.add(dx, to: node, owned: true)
    }
  }
}
