extension VectorMath {
  /// Adding and subtracting 1.5 x 2^23 rounds to the nearest integer without a slow call.
  private static let roundingMagic: Float = 12_582_912

  /// e^x: x = n ln 2 + r, a polynomial of degree 6 in r, then 2^n by bits.
  @inline(__always)
  public static func exp(_ input: Lanes) -> Lanes {
    let x = clamp(input, -87.33654, 88.37626)
    let magic = Lanes(repeating: roundingMagic)
    let shifted = magic.addingProduct(x, Lanes(repeating: 1.442_695))
    let n = shifted - magic
    var r = x.addingProduct(n, Lanes(repeating: -0.693_359_375))
    r = r.addingProduct(n, Lanes(repeating: 2.121_944_4e-4))
    var p = Lanes(repeating: 1.987_569_1e-4)
    p = Lanes(repeating: 1.398_2e-3).addingProduct(p, r)
    p = Lanes(repeating: 8.333_452e-3).addingProduct(p, r)
    p = Lanes(repeating: 4.166_579_6e-2).addingProduct(p, r)
    p = Lanes(repeating: 1.666_666_5e-1).addingProduct(p, r)
    p = Lanes(repeating: 0.5).addingProduct(p, r)
    p = (r + 1).addingProduct(p, r * r)
    let bits = unsafeBitCast(shifted, to: SIMD8<Int32>.self)
    let exponent = (bits &- Int32(bitPattern: roundingMagic.bitPattern) &+ 127) &<< 23
    let result = p * unsafeBitCast(exponent, to: Lanes.self)
    // Below the smallest normal number the result is 0; NaN passes.
    return result.replacing(with: 0, where: input .< -87.33654)
      .replacing(with: .infinity, where: input .> 88.37626)
      .replacing(with: input, where: input .!= input)
  }

  @inline(__always)
  static func clamp(_ x: Lanes, _ low: Float, _ high: Float) -> Lanes {
    x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
  }

  /// tanh: an odd polynomial near 0, else 1 - 2 / (e^2|x| + 1).
  @inline(__always)
  public static func tanh(_ x: Lanes) -> Lanes {
    let a = magnitude(x)
    let large = 1 - 2 / (exp(a + a) + 1)
    let z = x * x
    var p = Lanes(repeating: -5.704_988_7e-3)
    p = Lanes(repeating: 2.063_908_9e-2).addingProduct(p, z)
    p = Lanes(repeating: -5.373_971_4e-2).addingProduct(p, z)
    p = Lanes(repeating: 1.333_144_3e-1).addingProduct(p, z)
    p = Lanes(repeating: -3.333_328_7e-1).addingProduct(p, z)
    let small = x.addingProduct(p * z, x)
    return withSign(of: x, large).replacing(with: small, where: a .< 0.625)
      .replacing(with: x, where: x .!= x)
  }

  /// erf: a polynomial in x^2 near 0 (Taylor), else 1 - e^(-x^2) times a rational tail
  /// (Abramowitz and Stegun 7.1.26 is too coarse; this is W. J. Cody's split, refitted).
  @inline(__always)
  public static func erf(_ x: Lanes) -> Lanes {
    let a = clamp(magnitude(x), 0, 4)
    let z = a * a
    // |x| < 1: 2/sqrt(pi) times the Taylor series to x^19.
    var s = Lanes(repeating: -1.450_385_2e-7)
    for c: Float in [
      1.458_916_9e-6, -1.322_751_3e-5, 1.068_376_1e-4, -7.575_758e-4, 4.629_629_6e-3,
      -2.380_952_4e-2, 0.1, -0.333_333_34, 1,
    ] { s = Lanes(repeating: c).addingProduct(s, z) }
    let small = x * s * 1.128_379_2
    // |x| >= 1: erfc(x) = e^(-x^2) t(1/(1 + x/2)) (Press et al., Chebyshev fit of erfc).
    let t = 1 / (1 + 0.5 * a)
    var q = Lanes(repeating: 0.170_872_77)
    for c: Float in [
      -0.822_152_23, 1.488_515_87, -1.135_203_98, 0.278_868_07, -0.186_288_06, 0.096_784_18,
      0.374_091_96, 1.000_023_68, -1.265_512_23,
    ] { q = Lanes(repeating: c).addingProduct(q, t) }
    let large = 1 - t * exp(q - z)
    return withSign(of: x, large).replacing(with: small, where: a .< 1)
      .replacing(with: x, where: x .!= x)
  }

  /// sin and cos by Cody and Waite's reduction to |r| <= pi/4.
  @inline(__always)
  public static func sinCos(_ x: Lanes) -> (sin: Lanes, cos: Lanes) {
    let magic = Lanes(repeating: roundingMagic)
    let shifted = magic.addingProduct(x, Lanes(repeating: 0.636_619_77))
    let n = shifted - magic
    var r = x.addingProduct(n, Lanes(repeating: -1.570_312_5))
    r = r.addingProduct(n, Lanes(repeating: -4.837_512_97e-4))
    r = r.addingProduct(n, Lanes(repeating: -7.549_789_95e-8))
    let z = r * r
    var s = Lanes(repeating: -1.951_529_6e-4)
    s = Lanes(repeating: 8.332_161e-3).addingProduct(s, z)
    s = Lanes(repeating: -1.666_665_5e-1).addingProduct(s, z)
    let sine = r.addingProduct(s * z, r)
    var c = Lanes(repeating: 2.443_315_7e-5)
    c = Lanes(repeating: -1.388_731_6e-3).addingProduct(c, z)
    c = Lanes(repeating: 4.166_664_6e-2).addingProduct(c, z)
    let cosine = (1 - 0.5 * z).addingProduct(c * z, z)
    let quadrant = unsafeBitCast(shifted, to: SIMD8<Int32>.self) & 3
    let swaps = (quadrant & 1) .== 1
    let sinBase = sine.replacing(with: cosine, where: swaps)
    let cosBase = cosine.replacing(with: sine, where: swaps)
    return (
      sinBase.replacing(with: -sinBase, where: quadrant .>= 2),
      cosBase.replacing(with: -cosBase, where: ((quadrant &+ 1) & 2) .== 2)
    )
  }

  @inline(__always)
  static func magnitude(_ x: Lanes) -> Lanes {
    unsafeBitCast(
      unsafeBitCast(x, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: Lanes.self)
  }

  @inline(__always)
  static func withSign(of x: Lanes, _ y: Lanes) -> Lanes {
    let sign = unsafeBitCast(x, to: SIMD8<UInt32>.self) & 0x8000_0000
    return unsafeBitCast(unsafeBitCast(y, to: SIMD8<UInt32>.self) | sign, to: Lanes.self)
  }
}
