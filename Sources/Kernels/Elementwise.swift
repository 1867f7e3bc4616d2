/// An operation on pairs of elements.
public enum PairOperation: Sendable {
  case sum
  case difference
  case product
  case negativeProduct
  case quotient
}

/// Work on each element, over a range of elements.
public enum Elementwise {
  /// `out[i] = x[i] op y[i]`
  public static func combine(
    _ operation: PairOperation, _ x: TensorStorage, _ y: TensorStorage,
    into out: TensorStorage, _ range: Range<Int>
  ) {
    switch operation {
    case .sum: combine(Pairs.Sum.self, x, y, out, range)
    case .difference: combine(Pairs.Difference.self, x, y, out, range)
    case .product: combine(Pairs.Product.self, x, y, out, range)
    case .negativeProduct: combine(Pairs.NegativeProduct.self, x, y, out, range)
    case .quotient: combine(Pairs.Quotient.self, x, y, out, range)
    }
  }

  private static func combine<Shape: PairShape>(
    _: Shape.Type, _ x: TensorStorage, _ y: TensorStorage, _ out: TensorStorage,
    _ range: Range<Int>
  ) {
    let at = range.lowerBound
    VectorMath.map(x.pointer + at, y.pointer + at, out.pointer + at, range.count) {
      Shape.of($0, $1)
    }
  }

  /// `out[i] = x[i] + b`
  public static func add(
    _ x: TensorStorage, _ b: Float, into out: TensorStorage, _ range: Range<Int>
  ) {
    let at = range.lowerBound
    VectorMath.map(x.pointer + at, out.pointer + at, range.count) { $0 + b }
  }

  /// `out[i] = x[i] * factor`
  public static func multiply(
    _ x: TensorStorage, _ factor: Float, into out: TensorStorage, _ range: Range<Int>
  ) {
    let at = range.lowerBound
    VectorMath.map(x.pointer + at, out.pointer + at, range.count) { $0 * factor }
  }

  /// `out[i] = x[i] / divisor`
  public static func divide(
    _ x: TensorStorage, _ divisor: Float, into out: TensorStorage, _ range: Range<Int>
  ) {
    let at = range.lowerBound
    VectorMath.map(x.pointer + at, out.pointer + at, range.count) { $0 / divisor }
  }

  /// `sum[i] += x[i]`
  public static func accumulate(_ sum: TensorStorage, _ x: TensorStorage, _ range: Range<Int>) {
    let at = range.lowerBound
    VectorMath.accumulate(sum.pointer + at, x.pointer + at, range.count)
  }

  /// Natural logarithm, in double precision and rounded.
  public static func log(_ x: TensorStorage, into out: TensorStorage, _ range: Range<Int>) {
    let (x, out) = (x.pointer, out.pointer)
    for i in range { out[i] = Float(NaturalLogarithm.of(Double(x[i]))) }
  }
}

extension Broadcast {
  /// `out = x op y` for some runs of two shapes that meet.
  public func combine(
    _ operation: PairOperation, _ x: TensorStorage, _ y: TensorStorage,
    into out: TensorStorage, runs: Range<Int>
  ) {
    switch operation {
    case .sum: combine(Pairs.Sum.self, x, y, out, runs)
    case .difference: combine(Pairs.Difference.self, x, y, out, runs)
    case .product: combine(Pairs.Product.self, x, y, out, runs)
    case .negativeProduct: combine(Pairs.NegativeProduct.self, x, y, out, runs)
    case .quotient: combine(Pairs.Quotient.self, x, y, out, runs)
    }
  }

  private func combine<Shape: PairShape>(
    _: Shape.Type, _ x: TensorStorage, _ y: TensorStorage, _ out: TensorStorage,
    _ runs: Range<Int>
  ) {
    let (first, second, target) = (x.pointer, y.pointer, out.pointer)
    walk(runs) { at, left, right, count, leftStep, rightStep in
      let (x, y, out) = (first + left, second + right, target + at)
      if leftStep == rightStep {
        VectorMath.map(x, y, out, count) { Shape.of($0, $1) }
      } else if rightStep == 0 {
        let fixed = VectorMath.Lanes(repeating: y[0])
        VectorMath.map(x, out, count) { Shape.of($0, fixed) }
      } else {
        let fixed = VectorMath.Lanes(repeating: x[0])
        VectorMath.map(y, out, count) { Shape.of(fixed, $0) }
      }
    }
  }
}

/// An operation on pairs of lanes. A type and not a closure, so that the loops over it are compiled
/// for it.
private protocol PairShape {
  static func of(_ x: VectorMath.Lanes, _ y: VectorMath.Lanes) -> VectorMath.Lanes
}

private enum Pairs {
  typealias Lanes = VectorMath.Lanes

  enum Sum: PairShape {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x + y }
  }
  enum Difference: PairShape {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x - y }
  }
  enum Product: PairShape {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x * y }
  }
  enum NegativeProduct: PairShape {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { -(x * y) }
  }
  enum Quotient: PairShape {
    @inline(__always) static func of(_ x: Lanes, _ y: Lanes) -> Lanes { x / y }
  }
}
