/// Elementary functions on eight floats at a time and the loops that apply them.
///
/// They are ours, and not the C library's, so that every machine gives the same bits. A tail
/// shorter than eight goes through the same vector code. Largest errors against double precision,
/// in units in the last place: exp 1, tanh 2, erf 3, sin and cos 2 (for |x| < 8192).
public enum VectorMath {
  public typealias Lanes = SIMD8<Float>

  @inline(__always)
  static func load(_ p: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
  }

  @inline(__always)
  static func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes.self)
  }

  @inline(__always)
  static func loadTail(_ p: UnsafePointer<Float>, _ n: Int) -> Lanes {
    var v = Lanes()
    for i in 0..<n { v[i] = p[i] }
    return v
  }

  /// `out[i] = f(x[i])`.
  @inline(__always)
  public static func map(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int,
    _ f: (Lanes) -> Lanes
  ) {
    var i = 0
    while i + 8 <= count {
      store(f(load(x + i)), out + i)
      i += 8
    }
    if i < count {
      let v = f(loadTail(x + i, count - i))
      for j in 0..<(count - i) { out[i + j] = v[j] }
    }
  }

  /// `out[i] = f(x[i], y[i])`.
  @inline(__always)
  public static func map(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ count: Int, _ f: (Lanes, Lanes) -> Lanes
  ) {
    var i = 0
    while i + 8 <= count {
      store(f(load(x + i), load(y + i)), out + i)
      i += 8
    }
    if i < count {
      let v = f(loadTail(x + i, count - i), loadTail(y + i, count - i))
      for j in 0..<(count - i) { out[i + j] = v[j] }
    }
  }

  /// Sum of `f(x[i])` in four fixed chains of eight lanes.
  @inline(__always)
  public static func sum(
    _ x: UnsafePointer<Float>, _ count: Int, _ f: (Lanes) -> Lanes = { $0 }
  ) -> Float {
    var a = Lanes(), b = Lanes(), c = Lanes(), d = Lanes()
    var i = 0
    while i + 32 <= count {
      a += f(load(x + i))
      b += f(load(x + i + 8))
      c += f(load(x + i + 16))
      d += f(load(x + i + 24))
      i += 32
    }
    while i + 8 <= count {
      a += f(load(x + i))
      i += 8
    }
    if i < count {
      let v = f(loadTail(x + i, count - i))
      for j in 0..<(count - i) { b[j] += v[j] }
    }
    return (a + b + (c + d)).sum()
  }

  /// Sum of `x[i] * y[i]`.
  public static func dot(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    var a = Lanes(), b = Lanes()
    var i = 0
    while i + 16 <= count {
      a = a.addingProduct(load(x + i), load(y + i))
      b = b.addingProduct(load(x + i + 8), load(y + i + 8))
      i += 16
    }
    while i + 8 <= count {
      a = a.addingProduct(load(x + i), load(y + i))
      i += 8
    }
    if i < count { b += loadTail(x + i, count - i) * loadTail(y + i, count - i) }
    return (a + b).sum()
  }

  /// The largest element; -infinity for none.
  public static func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    var best = Lanes(repeating: -.infinity)
    var i = 0
    while i + 8 <= count {
      let v = load(x + i)
      best.replace(with: v, where: v .> best)
      i += 8
    }
    var result = -Float.infinity
    for j in 0..<8 { result = max(result, best[j]) }
    while i < count {
      result = max(result, x[i])
      i += 1
    }
    return result
  }

  /// `sum[i] += x[i]`.
  public static func accumulate(
    _ sum: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int
  ) {
    map(sum, x, sum, count) { $0 + $1 }
  }

  /// `sum[i] += a * x[i]`.
  public static func accumulate(
    _ sum: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, times a: Float, _ count: Int
  ) {
    let scale = Lanes(repeating: a)
    map(sum, x, sum, count) { $0.addingProduct(scale, $1) }
  }

  /// `x[i] *= a`.
  public static func scale(_ x: UnsafeMutablePointer<Float>, _ a: Float, _ count: Int) {
    map(x, x, count) { $0 * a }
  }
}

extension VectorMath {
  /// `out[i] = f(x[i], y[i], z[i])`.
  @inline(__always)
  public static func map(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>, _ count: Int, _ f: (Lanes, Lanes, Lanes) -> Lanes
  ) {
    var i = 0
    while i + 8 <= count {
      store(f(load(x + i), load(y + i), load(z + i)), out + i)
      i += 8
    }
    if i < count {
      let n = count - i
      let v = f(loadTail(x + i, n), loadTail(y + i, n), loadTail(z + i, n))
      for j in 0..<n { out[i + j] = v[j] }
    }
  }
}
