/// Polynomials are minimax fits of our own on the reduced ranges. Largest errors against double
/// precision, in units in the last place, checked by the tests: exp 1, tanh 2.6, erf 1, sin and
/// cos 1.6 up to |x| = 100,000 and 5 up to 4,000,000. NaN gives NaN.
extension VectorMath {
  /// `a b + c`, rounded once.
  @inlinable @inline(__always)
  static func fma(_ a: Lanes, _ b: Lanes, _ c: Float) -> Lanes {
    Lanes(repeating: c).addingProduct(a, b)
  }

  /// Adding and subtracting 1.5 x 2^23 rounds to the nearest integer without a slow call.
  @inlinable static var roundingMagic: Float { 12_582_912 }

  /// x = n ln 2 + r with |r| <= ln 2 / 2 for |x| < 120. Returns n and e^r - 1.
  @inlinable @inline(__always)
  static func exponentParts(_ x: Lanes) -> (n: SIMD8<Int32>, m: Lanes) {
    let shifted = fma(x, Lanes(repeating: 1.442_695), roundingMagic)
    let whole = shifted - roundingMagic
    var r = x.addingProduct(whole, Lanes(repeating: -0.693_147_2))
    r = r.addingProduct(whole, Lanes(repeating: 1.904_654_3e-9))
    var q = fma(Lanes(repeating: 1.381_949e-3), r, 8.368_69e-3)
    q = fma(q, r, 4.166_828e-2)
    q = fma(q, r, 1.666_652_1e-1)
    q = fma(q, r, 0.499_999_94)
    let n =
      unsafeBitCast(shifted, to: SIMD8<Int32>.self)
      &- SIMD8(repeating: Int32(bitPattern: roundingMagic.bitPattern))
    return (n, r.addingProduct(q, r * r))
  }

  /// 2^n for -126 <= n <= 127; 0 for n = -127.
  @inlinable @inline(__always)
  static func powerOfTwo(_ n: SIMD8<Int32>) -> Lanes {
    unsafeBitCast((n &+ 127) &<< 23, to: Lanes.self)
  }

  /// e^x, with gradual underflow. 2^n is applied in two halves, which cannot overflow alone.
  @inlinable @inline(__always)
  public static func exp(_ x: Lanes) -> Lanes {
    let (n, m) = exponentParts(clamp(x, -104, 89))
    let half = n &>> 1
    return (1 + m) * powerOfTwo(half) * powerOfTwo(n &- half)
  }

  /// `x` within `low...high`; NaN stays.
  @inlinable @inline(__always)
  static func clamp(_ x: Lanes, _ low: Float, _ high: Float) -> Lanes {
    x.replacing(with: low, where: x .< low).replacing(with: high, where: x .> high)
  }

  /// tanh |x| = u / (u + 2) with u = e^2|x| - 1, which is exact near 0; 1 beyond 10.
  @inlinable @inline(__always)
  public static func tanh(_ x: Lanes) -> Lanes {
    let a = magnitude(x)
    let (n, m) = exponentParts((a + a).replacing(with: 20, where: a .> 10))
    let scale = powerOfTwo(n)
    let u = (scale - 1).addingProduct(m, scale)
    return withSign(of: x, u / (u + 2))
  }

  /// erf: |x| + |x| P(x^2) below 1, else 1 - e^-Q(|x|), where Q fits -ln erfc; 1 beyond 4.
  @inlinable @inline(__always)
  public static func erf(_ x: Lanes) -> Lanes {
    let a = magnitude(x)
    let z = a * a
    var p = fma(Lanes(repeating: 7.806_904e-5), z, -7.997_853e-4)
    p = fma(p, z, 5.187_162e-3)
    p = fma(p, z, -2.685_334_7e-2)
    p = fma(p, z, 1.128_357_9e-1)
    p = fma(p, z, -3.761_262_6e-1)
    p = fma(p, z, 1.283_791_7e-1)
    let small = a.addingProduct(a, p)
    let b = a.replacing(with: 4, where: a .> 4)
    var q = fma(Lanes(repeating: 2.169_737_5e-5), b, -4.414_664_3e-4)
    q = fma(q, b, 4.205_242e-3)
    q = fma(q, b, -2.521_020_7e-2)
    q = fma(q, b, 1.084_218_9e-1)
    q = fma(q, b, 6.332_165_6e-1)
    q = fma(q, b, 1.129_580_3)
    q = fma(q, b, -1.884_666_1e-4)
    let (n, m) = exponentParts(-q)
    let tail = powerOfTwo(n)
    let large = (1 - tail).addingProduct(-m, tail)
    return withSign(of: x, large.replacing(with: small, where: a .< 1))
  }

  /// sin and cos: x = n pi/2 + r with pi/2 in three parts (Cody and Waite), |r| <= pi/4. Beyond
  /// 4,000,000, where n would lose digits, NaN and no wrong number.
  @inlinable @inline(__always)
  public static func sinCos(_ input: Lanes) -> (sin: Lanes, cos: Lanes) {
    let x = input.replacing(with: .nan, where: magnitude(input) .> 4_000_000)
    let shifted = fma(x, Lanes(repeating: 0.636_619_77), roundingMagic)
    let n = shifted - roundingMagic
    var r = x.addingProduct(n, Lanes(repeating: -1.570_796_4))
    r = r.addingProduct(n, Lanes(repeating: 4.371_139e-8))
    r = r.addingProduct(n, Lanes(repeating: 1.715_124_5e-15))
    let z = r * r
    var s = fma(Lanes(repeating: -1.951_81e-4), z, 8.332_188e-3)
    s = fma(s, z, -1.666_665_5e-1)
    let sine = r.addingProduct(s * z, r)
    var c = fma(Lanes(repeating: 2.443_255_3e-5), z, -1.388_731_1e-3)
    c = fma(c, z, 4.166_664_6e-2)
    let cosine = fma(fma(c, z, -0.5), z, 1)
    // Quadrant 1 and 3 swap the two; 2 and 3 negate sin, 1 and 2 negate cos.
    let quadrant = unsafeBitCast(shifted, to: SIMD8<UInt32>.self)
    let odd = 0 &- (quadrant & 1)
    let sinSign = (quadrant & 2) &<< 30
    let cosSign = ((quadrant &+ 1) & 2) &<< 30
    let sBits = unsafeBitCast(sine, to: SIMD8<UInt32>.self)
    let cBits = unsafeBitCast(cosine, to: SIMD8<UInt32>.self)
    let swap = (sBits ^ cBits) & odd
    let sin = unsafeBitCast(sBits ^ swap ^ sinSign, to: Lanes.self)
    let cos = unsafeBitCast(cBits ^ swap ^ cosSign, to: Lanes.self)
    return (sin.replacing(with: x, where: x .== 0), cos)
  }

  @inlinable @inline(__always)
  static func magnitude(_ x: Lanes) -> Lanes {
    unsafeBitCast(
      unsafeBitCast(x, to: SIMD8<UInt32>.self) & 0x7FFF_FFFF, to: Lanes.self)
  }

  /// `y >= 0` with the sign of `x`.
  @inlinable @inline(__always)
  static func withSign(of x: Lanes, _ y: Lanes) -> Lanes {
    let sign = unsafeBitCast(x, to: SIMD8<UInt32>.self) & 0x8000_0000
    return unsafeBitCast(unsafeBitCast(y, to: SIMD8<UInt32>.self) | sign, to: Lanes.self)
  }
}
