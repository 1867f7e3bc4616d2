/// The regularised incomplete beta function for half-integer parameters.
///
/// Student's t with a whole number of degrees of freedom needs no other ones, and for these the
/// function takes only additions, multiplications, divisions and square roots. IEEE 754 rounds all
/// four correctly, so intervals have the same bits with every C library and on every machine.
public enum IncompleteBeta {
  /// `I_x(p/2, q/2)`, the share of the beta distribution that lies below `x`.
  /// - Parameters:
  ///   - x: a probability, 0...1
  ///   - p: twice the first parameter, at least 1
  ///   - q: twice the second parameter, at least 1
  public static func regularized(_ x: Double, twiceA p: Int, twiceB q: Int) -> Double {
    precondition(p >= 1 && q >= 1, "parameters \(p)/2 and \(q)/2 must be positive")
    precondition(x >= 0 && x <= 1, "\(x) is outside 0...1")
    if x == 0 || x == 1 { return x }
    let a = Double(p) / 2
    let b = Double(q) / 2
    // The continued fraction converges fast below the mean; above it, use the mirror image.
    if x > (a + 1) / (a + b + 2) { return 1 - regularized(1 - x, twiceA: q, twiceB: p) }
    let front = halfPower(x, p) * halfPower(1 - x, q) / (a * beta(twiceA: p, twiceB: q))
    return front * continuedFraction(x, a, b)
  }

  /// `B(p/2, q/2)`, by `B(a + 1, b) = B(a, b) a / (a + b)` from the four smallest cases.
  static func beta(twiceA p: Int, twiceB q: Int) -> Double {
    let startP = p % 2 == 0 ? 2 : 1
    let startQ = q % 2 == 0 ? 2 : 1
    var value = startP == 1 ? (startQ == 1 ? Double.pi : 2) : (startQ == 1 ? 2 : 1)
    for step in stride(from: startP, to: p, by: 2) {
      value *= Double(step) / Double(step + startQ)
    }
    for step in stride(from: startQ, to: q, by: 2) {
      value *= Double(step) / Double(step + p)
    }
    return value
  }

  /// `x` to the power `n/2`.
  static func halfPower(_ x: Double, _ n: Int) -> Double {
    var result = n % 2 == 0 ? 1 : x.squareRoot()
    var square = x
    var rest = n / 2
    while rest > 0 {
      if rest % 2 == 1 { result *= square }
      square *= square
      rest /= 2
    }
    return result
  }

  /// The continued fraction of the incomplete beta function by the modified Lentz method.
  private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func guarded(_ value: Double) -> Double { value.magnitude < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var result = d
    for m in 1...100_000 {
      let m = Double(m)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      d = 1 / guarded(1 + even * d)
      c = guarded(1 + even / c)
      result *= d * c
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      d = 1 / guarded(1 + odd * d)
      c = guarded(1 + odd / c)
      let change = d * c
      result *= change
      if (change - 1).magnitude <= 2 * Double.ulpOfOne { break }
    }
    return result
  }
}
