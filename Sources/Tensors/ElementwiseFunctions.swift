extension Tensor {
  /// `f` of every element. `derivative` gets the incoming gradient, the input and the output.
  @inline(__always)
  func unary(
    _ f: (VectorMath.Lanes) -> VectorMath.Lanes,
    _ derivative: @escaping @Sendable (
      _ gradient: VectorMath.Lanes, _ x: VectorMath.Lanes, _ y: VectorMath.Lanes
    ) -> VectorMath.Lanes
  ) -> Tensor {
    let result = Tensor(shape: shape) { VectorMath.map(pointer, $0, count, f) }
    guard let node = gradientNode else { return result }
    let x = detached()
    return result.recording([node]) { gradient, sink in
      let out = Tensor(shape: x.shape) { out in
        var i = 0
        let n = x.count
        while i < n {
          let width = min(8, n - i)
          func lanes(_ t: Tensor) -> VectorMath.Lanes {
            width == 8
              ? VectorMath.load(t.pointer + i) : VectorMath.loadTail(t.pointer + i, width)
          }
          let v = derivative(lanes(gradient), lanes(x), lanes(result))
          if width == 8 {
            VectorMath.store(v, out + i)
          } else {
            for j in 0..<width { out[i + j] = v[j] }
          }
          i += 8
        }
      }
      sink.add(out, to: node, owned: true)
    }
  }

  public func exp() -> Tensor { unary({ VectorMath.exp($0) }) { g, _, y in g * y } }

  public func tanh() -> Tensor {
    unary({ VectorMath.tanh($0) }) { g, _, y in g * (1 - y * y) }
  }

  public func erf() -> Tensor {
    unary({ VectorMath.erf($0) }) { g, x, _ in g * 1.128_379_2 * VectorMath.exp(-(x * x)) }
  }

  public func sin() -> Tensor {
    unary({ VectorMath.sinCos($0).sin }) { g, x, _ in g * VectorMath.sinCos(x).cos }
  }

  public func cos() -> Tensor {
    unary({ VectorMath.sinCos($0).cos }) { g, x, _ in -(g * VectorMath.sinCos(x).sin) }
  }

  public func squared() -> Tensor { unary({ $0 * $0 }) { g, x, _ in 2 * g * x } }

  public func squareRoot() -> Tensor {
    unary({ $0.squareRoot() }) { g, _, y in g * 0.5 / y }
  }

  /// The logistic function 1 / (1 + e^-x).
  public func sigmoid() -> Tensor {
    unary({ 1 / (1 + VectorMath.exp(-$0)) }) { g, _, y in g * y * (1 - y) }
  }

  /// x times sigmoid(x) (Elfwing et al., 2018), also called Swish.
  public func silu() -> Tensor {
    unary({ $0 / (1 + VectorMath.exp(-$0)) }) { g, x, _ in
      let s = 1 / (1 + VectorMath.exp(-x))
      return g * s * (1 + x * (1 - s))
    }
  }

  public func relu() -> Tensor {
    unary({ $0.replacing(with: 0, where: $0 .< 0) }) { g, x, _ in
      g.replacing(with: 0, where: x .<= 0)
    }
  }

  public func absolute() -> Tensor {
    unary({ VectorMath.magnitude($0) }) { g, x, _ in
      g.replacing(with: -g, where: x .< 0).replacing(with: 0, where: x .== 0)
    }
  }

  /// GELU with the normal distribution function (Hendrycks and Gimpel, 2016).
  public func gelu() -> Tensor {
    unary({ 0.5 * $0 * (1 + VectorMath.erf($0 * 0.707_106_77)) }) { g, x, _ in
      let cdf = 0.5 * (1 + VectorMath.erf(x * 0.707_106_77))
      return g * (cdf + x * 0.398_942_28 * VectorMath.exp(-0.5 * x * x))
    }
  }

  /// GELU in its tanh approximation (`gelu-approximate`, `gelu_new`, `gelu_pytorch_tanh`).
  public func geluTanh() -> Tensor {
    unary({ x in
      let inner = 0.797_884_56 * (x + 0.044_715 * x * x * x)
      return 0.5 * x * (1 + VectorMath.tanh(inner))
    }) { g, x, _ in
      let t = VectorMath.tanh(0.797_884_56 * (x + 0.044_715 * x * x * x))
      let slope = 0.797_884_56 * (1 + 0.134_145 * x * x)
      return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope)
    }
  }

  /// Natural logarithm, in double precision and rounded; for losses, not for large tensors.
  public func log() -> Tensor {
    let result = Tensor(shape: shape) { out in
      for i in 0..<count { out[i] = Float(NaturalLogarithm.of(Double(pointer[i]))) }
    }
    guard let node = gradientNode else { return result }
    let x = detached()
    return result.recording([node]) { gradient, sink in
      let out = Tensor(shape: x.shape) {
        VectorMath.map(gradient.pointer, x.pointer, $0, x.count) { $0 / $1 }
      }
      sink.add(out, to: node, owned: true)
    }
  }
}
