/// A function of one number with its derivative, eight lanes at a time.
///
/// A type and not a pair of closures: the loops over it are compiled with both functions inlined,
/// and a call for each vector would cost more than most of them.
protocol CurveShape {
  static func value(_ x: VectorMath.Lanes) -> VectorMath.Lanes

  /// The incoming gradient `g` times the derivative at `x`, where the value is `y`.
  static func slope(
    _ g: VectorMath.Lanes, _ x: VectorMath.Lanes, _ y: VectorMath.Lanes
  ) -> VectorMath.Lanes
}

enum Curves {
  typealias Lanes = VectorMath.Lanes

  enum Exp: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { VectorMath.exp(x) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes { g * y }
  }

  enum Tanh: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { VectorMath.tanh(x) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g * (1 - y * y)
    }
  }

  enum Erf: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { VectorMath.erf(x) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g * 1.128_379_2 * VectorMath.exp(-(x * x))
    }
  }

  enum Sine: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { VectorMath.sinCos(x).sin }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g * VectorMath.sinCos(x).cos
    }
  }

  enum Cosine: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { VectorMath.sinCos(x).cos }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      -(g * VectorMath.sinCos(x).sin)
    }
  }

  enum Square: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { x * x }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes { 2 * g * x }
  }

  enum SquareRoot: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { x.squareRoot() }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g * 0.5 / y
    }
  }

  enum Sigmoid: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { 1 / (1 + VectorMath.exp(-x)) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g * y * (1 - y)
    }
  }

  enum SiLU: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { x / (1 + VectorMath.exp(-x)) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      let s = 1 / (1 + VectorMath.exp(-x))
      return g * s * (1 + x * (1 - s))
    }
  }

  /// x tanh(ln(1 + e^x)) (Misra, 2019), from e^-|x|, which never overflows.
  enum Mish: CurveShape {
    @inline(__always) static func parts(_ x: Lanes) -> (bend: Lanes, sigmoid: Lanes) {
      let e = VectorMath.exp(-VectorMath.magnitude(x))
      let isNegative = x .< 0
      let above = (1 + 2 * e).replacing(with: e * e + 2 * e, where: isNegative)
      let rest = (2 * e * e).replacing(with: 2, where: isNegative)
      let share = Lanes(repeating: 1).replacing(with: e, where: isNegative)
      return (above / (above + rest), share / (1 + e))
    }
    @inline(__always) static func value(_ x: Lanes) -> Lanes { x * parts(x).bend }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      let (bend, sigmoid) = parts(x)
      return g * (bend + x * (1 - bend * bend) * sigmoid)
    }
  }

  enum ReLU: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { x.replacing(with: 0, where: x .< 0) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g.replacing(with: 0, where: x .<= 0)
    }
  }

  enum Magnitude: CurveShape {
    @inline(__always) static func value(_ x: Lanes) -> Lanes { VectorMath.magnitude(x) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g.replacing(with: -g, where: x .< 0).replacing(with: 0, where: x .== 0)
    }
  }

  enum GELU: CurveShape {
    @inline(__always) static func cumulative(_ x: Lanes) -> Lanes {
      0.5 * (1 + VectorMath.erf(x * 0.707_106_77))
    }
    @inline(__always) static func value(_ x: Lanes) -> Lanes { x * cumulative(x) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      g * (cumulative(x) + x * 0.398_942_28 * VectorMath.exp(-0.5 * x * x))
    }
  }

  enum TanhGELU: CurveShape {
    @inline(__always) static func bend(_ x: Lanes) -> Lanes {
      VectorMath.tanh(x * VectorMath.fma(x * x, Lanes(repeating: 0.035_677_408), 0.797_884_56))
    }
    @inline(__always) static func value(_ x: Lanes) -> Lanes { 0.5 * x * (1 + bend(x)) }
    @inline(__always) static func slope(_ g: Lanes, _ x: Lanes, _ y: Lanes) -> Lanes {
      let t = bend(x)
      let slope = VectorMath.fma(x * x, Lanes(repeating: 0.107_032_224), 0.797_884_56)
      return g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope)
    }
  }
}
