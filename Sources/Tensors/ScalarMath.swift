import Kernels

/// Elementary functions in double precision from the four operations alone, for tables of
/// positions and schedules: their bits must not depend on the C library.
public enum ScalarMath {
  private static let ln2High = 0.693_147_180_369_123_8
  private static let ln2Low = 1.908_214_929_270_587_7e-10

  /// ln x.
  public static func log(_ x: Double) -> Double { NaturalLogarithm.of(x) }

  /// e^x: x = n ln 2 + r with |r| <= ln 2 / 2, Taylor's series in r, then 2^n.
  public static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 709.7 { return .infinity }
    if x < -745 { return 0 }
    let n = (x / (ln2High + ln2Low)).rounded(.toNearestOrEven)
    let r = (x - n * ln2High) - n * ln2Low
    var sum = 1.0
    for k in stride(from: 18, through: 1, by: -1) { sum = 1 + sum * r / Double(k) }
    return Double(sign: .plus, exponent: Int(n), significand: sum)
  }

  /// base^exponent for a positive base.
  public static func power(_ base: Double, _ exponent: Double) -> Double {
    exp(exponent * log(base))
  }

  /// cos in single precision, from the kernel that tensors use.
  public static func cosine(_ x: Float) -> Float {
    VectorMath.sinCos(VectorMath.Lanes(repeating: x)).cos[0]
  }

  /// sin and cos by reduction to |r| <= pi/4 and Taylor's series; NaN of what is not finite.
  public static func sinCos(_ x: Double) -> (sin: Double, cos: Double) {
    guard x.isFinite else { return (.nan, .nan) }
    let n = (x / (Double.pi / 2)).rounded(.toNearestOrEven)
    guard n.magnitude < 0x1p20 else {
      let (quadrant, rest) = LargeAngle.reduced(x.magnitude)
      let (sine, cosine) = sinCos(rest, quadrant: quadrant)
      return (x < 0 ? -sine : sine, cosine)
    }
    // pi/2 in two parts, the first with 20 trailing zero bits, so that n times it is exact.
    let r = (x - n * 1.570_796_326_734_125_6) - n * 6.077_100_506_506_192e-11
    return sinCos(r, quadrant: Int(n) & 3)
  }

  private static func sinCos(_ r: Double, quadrant: Int) -> (sin: Double, cos: Double) {
    let z = r * r
    var s = 1.0
    var c = 1.0
    for k in stride(from: 20, through: 2, by: -2) {
      s = 1 - s * z / Double(k * (k + 1))
      c = 1 - c * z / Double((k - 1) * k)
    }
    let (sine, cosine) = (r * s, c)
    switch quadrant {
    case 0: return (sine, cosine)
    case 1: return (cosine, -sine)
    case 2: return (-sine, -cosine)
    default: return (-cosine, sine)
    }
  }
}
