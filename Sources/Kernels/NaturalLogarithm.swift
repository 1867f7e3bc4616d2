/// ln x from the four operations alone, so that its bits do not depend on the C library.
public enum NaturalLogarithm {
  /// x = 2^k m with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh((m - 1) / (m + 1)).
  public static func of(_ x: Double) -> Double {
    if x.isNaN || x < 0 { return .nan }
    if x == 0 { return -.infinity }
    if x == .infinity { return x }
    var k = Double(x.exponent)
    var m = x.significand
    if m > 1.414_213_562_373_095_1 {
      m /= 2
      k += 1
    }
    let s = (m - 1) / (m + 1)
    let z = s * s
    var sum = 0.0
    for n in stride(from: 23, through: 1, by: -2) { sum = sum * z + 1 / Double(n) }
    return k * 0.693_147_180_559_945_3 + 2 * s * sum
  }
}
