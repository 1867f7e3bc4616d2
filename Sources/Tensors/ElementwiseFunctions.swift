extension Tensor {
  /// A curve's value at every element.
  func applying<C: Curve>(_: C.Type) -> Tensor {
    let result = Tensor(shape: shape) { out in
      let x = pointer
      Workers.forEachBlock(of: count) { block in
        let at = block.lowerBound
        VectorMath.map(x + at, out + at, block.count) { C.value($0) }
      }
    }
    guard let node = gradientNode else { return result }
    let x = detached()
    return result.recording([node]) { gradient, sink in
      let dx = Tensor(shape: x.shape) {
        VectorMath.map(gradient.pointer, x.pointer, result.pointer, $0, x.count) {
          C.slope($0, $1, $2)
        }
      }
      sink.add(dx, to: node, owned: true)
    }
  }

  public func exp() -> Tensor { applying(Curves.Exp.self) }
  public func tanh() -> Tensor { applying(Curves.Tanh.self) }
  public func erf() -> Tensor { applying(Curves.Erf.self) }
  public func sin() -> Tensor { applying(Curves.Sine.self) }
  public func cos() -> Tensor { applying(Curves.Cosine.self) }
  public func squared() -> Tensor { applying(Curves.Square.self) }
  public func squareRoot() -> Tensor { applying(Curves.SquareRoot.self) }

  /// The logistic function 1 / (1 + e^-x).
  public func sigmoid() -> Tensor { applying(Curves.Sigmoid.self) }

  /// x times sigmoid(x) (Elfwing et al., 2018), also called Swish.
  public func silu() -> Tensor { applying(Curves.SiLU.self) }

  /// x tanh(ln(1 + e^x)) (Misra, 2019).
  public func mish() -> Tensor { applying(Curves.Mish.self) }

  public func relu() -> Tensor { applying(Curves.ReLU.self) }

  /// |x|; its gradient at 0 is 0.
  public func absolute() -> Tensor { applying(Curves.Magnitude.self) }

  /// GELU with the normal distribution function (Hendrycks and Gimpel, 2016).
  public func gelu() -> Tensor { applying(Curves.GELU.self) }

  /// GELU in its tanh approximation (`gelu-approximate`, `gelu_new`, `gelu_pytorch_tanh`).
  public func geluTanh() -> Tensor { applying(Curves.TanhGELU.self) }

  /// Natural logarithm, in double precision and rounded; for losses, not for large tensors.
  public func log() -> Tensor {
    let result = Tensor(shape: shape) { out in
      for i in 0..<count { out[i] = Float(NaturalLogarithm.of(Double(pointer[i]))) }
    }
    guard let node = gradientNode else { return result }
    let x = detached()
    return result.recording([node]) { gradient, sink in
      let dx = Tensor(shape: x.shape) {
        VectorMath.map(gradient.pointer, x.pointer, $0, x.count) { $0 / $1 }
      }
      sink.add(dx, to: node, owned: true)
    }
  }
}
