/// The functions of one number that have a kernel.
public enum Curve: Sendable {
  case exp
  case tanh
  case erf
  case sine
  case cosine
  case square
  case squareRoot
  case sigmoid
  case silu
  case mish
  case relu
  case magnitude
  case gelu
  case tanhGELU

  /// `out[i] = f(x[i])`
  public func apply(_ x: TensorStorage, into out: TensorStorage, _ range: Range<Int>) {
    let at = range.lowerBound
    let (x, out, count) = (x.pointer + at, out.pointer + at, range.count)
    switch self {
    case .exp: value(Curves.Exp.self, x, out, count)
    case .tanh: value(Curves.Tanh.self, x, out, count)
    case .erf: value(Curves.Erf.self, x, out, count)
    case .sine: value(Curves.Sine.self, x, out, count)
    case .cosine: value(Curves.Cosine.self, x, out, count)
    case .square: value(Curves.Square.self, x, out, count)
    case .squareRoot: value(Curves.SquareRoot.self, x, out, count)
    case .sigmoid: value(Curves.Sigmoid.self, x, out, count)
    case .silu: value(Curves.SiLU.self, x, out, count)
    case .mish: value(Curves.Mish.self, x, out, count)
    case .relu: value(Curves.ReLU.self, x, out, count)
    case .magnitude: value(Curves.Magnitude.self, x, out, count)
    case .gelu: value(Curves.GELU.self, x, out, count)
    case .tanhGELU: value(Curves.TanhGELU.self, x, out, count)
    }
  }

  /// Whether the derivative costs as much as the function, so that it pays to keep it from
  /// ``apply(_:into:slopes:_:)`` for the way back.
  public var hasDearSlope: Bool {
    switch self {
    case .erf, .sine, .cosine, .silu, .mish, .gelu, .tanhGELU: true
    case .exp, .tanh, .square, .squareRoot, .sigmoid, .relu, .magnitude: false
    }
  }

  /// `out[i] = f(x[i])` and `slopes[i] = f'(x[i])`, for curves with a dear slope.
  public func apply(
    _ x: TensorStorage, into out: TensorStorage, slopes: TensorStorage, _ range: Range<Int>
  ) {
    let at = range.lowerBound
    let (x, out, slopes) = (x.pointer + at, out.pointer + at, slopes.pointer + at)
    let count = range.count
    switch self {
    case .erf: both(Curves.Erf.self, x, out, slopes, count)
    case .sine: both(Curves.Sine.self, x, out, slopes, count)
    case .cosine: both(Curves.Cosine.self, x, out, slopes, count)
    case .silu: both(Curves.SiLU.self, x, out, slopes, count)
    case .mish: both(Curves.Mish.self, x, out, slopes, count)
    case .gelu: both(Curves.GELU.self, x, out, slopes, count)
    case .tanhGELU: both(Curves.TanhGELU.self, x, out, slopes, count)
    case .exp, .tanh, .square, .squareRoot, .sigmoid, .relu, .magnitude:
      preconditionFailure("the slope of \(self) is cheap")
    }
  }

  private func both<Shape: CurveShape>(
    _: Shape.Type, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ slopes: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    VectorMath.map(x, out, slopes, count) { x in
      let y = Shape.value(x)
      return (y, Shape.slope(VectorMath.Lanes(repeating: 1), x, y))
    }
  }

  /// `out[i] = g[i] f'(x[i])` where `y[i] = f(x[i])`
  public func slope(
    _ g: TensorStorage, _ x: TensorStorage, _ y: TensorStorage, into out: TensorStorage,
    _ range: Range<Int>
  ) {
    let at = range.lowerBound
    let (g, x, y) = (g.pointer + at, x.pointer + at, y.pointer + at)
    let (out, count) = (out.pointer + at, range.count)
    switch self {
    case .exp: slope(Curves.Exp.self, g, x, y, out, count)
    case .tanh: slope(Curves.Tanh.self, g, x, y, out, count)
    case .erf: slope(Curves.Erf.self, g, x, y, out, count)
    case .sine: slope(Curves.Sine.self, g, x, y, out, count)
    case .cosine: slope(Curves.Cosine.self, g, x, y, out, count)
    case .square: slope(Curves.Square.self, g, x, y, out, count)
    case .squareRoot: slope(Curves.SquareRoot.self, g, x, y, out, count)
    case .sigmoid: slope(Curves.Sigmoid.self, g, x, y, out, count)
    case .silu: slope(Curves.SiLU.self, g, x, y, out, count)
    case .mish: slope(Curves.Mish.self, g, x, y, out, count)
    case .relu: slope(Curves.ReLU.self, g, x, y, out, count)
    case .magnitude: slope(Curves.Magnitude.self, g, x, y, out, count)
    case .gelu: slope(Curves.GELU.self, g, x, y, out, count)
    case .tanhGELU: slope(Curves.TanhGELU.self, g, x, y, out, count)
    }
  }

  private func value<Shape: CurveShape>(
    _: Shape.Type, _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    VectorMath.map(x, out, count) { Shape.value($0) }
  }

  private func slope<Shape: CurveShape>(
    _: Shape.Type, _ g: UnsafePointer<Float>, _ x: UnsafePointer<Float>,
    _ y: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    VectorMath.map(g, x, y, out, count) { Shape.slope($0, $1, $2) }
  }
}
