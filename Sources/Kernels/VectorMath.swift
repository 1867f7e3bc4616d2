/// Elementary functions on eight floats at a time and the loops that apply them.
///
/// The functions are ours, and not the C library's, so that every machine gives the same bits.
/// The loops finish a row whose length is no multiple of eight with one vector that overlaps the
/// last but one: every lane is a function of its own element alone, so writing it twice is
/// harmless, also in place. The function is called at two places only, because the compiler stops
/// inlining closures that are called at many.
public enum VectorMath {
  public typealias Lanes = SIMD8<Float>

  @inlinable @inline(__always)
  static func load(_ p: UnsafePointer<Float>) -> Lanes {
    UnsafeRawPointer(p).loadUnaligned(as: Lanes.self)
  }

  @inlinable @inline(__always)
  static func store(_ v: Lanes, _ p: UnsafeMutablePointer<Float>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: Lanes.self)
  }

  /// The first `n` of eight lanes; the others are 0.
  @usableFromInline @inline(never)
  static func loadHead(_ p: UnsafePointer<Float>, _ n: Int) -> Lanes {
    var v = Lanes()
    for i in 0..<n { v[i] = p[i] }
    return v
  }

  @usableFromInline @inline(never)
  static func storeHead(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ n: Int) {
    for i in 0..<n { p[i] = v[i] }
  }

  /// The last `n` lanes of `v`; the others become 0.
  @inlinable @inline(__always)
  static func keepingLast(_ n: Int, of v: Lanes) -> Lanes {
    v.replacing(with: 0, where: Lanes(0, 1, 2, 3, 4, 5, 6, 7) .< Float(8 &- n))
  }

  /// The first `n` lanes of `v`; the others become 0.
  @inlinable @inline(__always)
  static func keepingFirst(_ n: Int, of v: Lanes) -> Lanes {
    v.replacing(with: 0, where: Lanes(0, 1, 2, 3, 4, 5, 6, 7) .>= Float(n))
  }

  /// The last eight elements, or all when there are fewer. Taken before a loop that works in
  /// place overwrites a part of them.
  @inlinable @inline(__always)
  static func loadLast(_ p: UnsafePointer<Float>, _ count: Int) -> Lanes {
    count >= 8 ? load(p + (count &- 8)) : loadHead(p, count)
  }

  @inlinable @inline(__always)
  static func storeLast(_ v: Lanes, _ p: UnsafeMutablePointer<Float>, _ count: Int) {
    if count >= 8 { store(v, p + (count &- 8)) } else { storeHead(v, p, count) }
  }

  /// `out[i] = f(x[i])`.
  @inlinable @inline(__always)
  public static func map(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ count: Int,
    _ f: (Lanes) -> Lanes
  ) {
    let last = f(loadLast(x, count))
    let end = count &- 8
    var i = 0
    while i < end {
      store(f(load(x + i)), out + i)
      i &+= 8
    }
    storeLast(last, out, count)
  }

  /// `out[i] = f(x[i], y[i])`.
  @inlinable @inline(__always)
  public static func map(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ count: Int, _ f: (Lanes, Lanes) -> Lanes
  ) {
    let last = f(loadLast(x, count), loadLast(y, count))
    let end = count &- 8
    var i = 0
    while i < end {
      store(f(load(x + i), load(y + i)), out + i)
      i &+= 8
    }
    storeLast(last, out, count)
  }

  /// `out[i] = f(x[i], y[i], z[i])`.
  @inlinable @inline(__always)
  public static func map(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ z: UnsafePointer<Float>,
    _ out: UnsafeMutablePointer<Float>, _ count: Int, _ f: (Lanes, Lanes, Lanes) -> Lanes
  ) {
    let last = f(loadLast(x, count), loadLast(y, count), loadLast(z, count))
    let end = count &- 8
    var i = 0
    while i < end {
      store(f(load(x + i), load(y + i), load(z + i)), out + i)
      i &+= 8
    }
    storeLast(last, out, count)
  }

  /// `(out[i], other[i]) = f(x[i])`.
  @inlinable @inline(__always)
  static func map(
    _ x: UnsafePointer<Float>, _ out: UnsafeMutablePointer<Float>,
    _ other: UnsafeMutablePointer<Float>, _ count: Int, _ f: (Lanes) -> (Lanes, Lanes)
  ) {
    let last = f(loadLast(x, count))
    let end = count &- 8
    var i = 0
    while i < end {
      let (first, second) = f(load(x + i))
      store(first, out + i)
      store(second, other + i)
      i &+= 8
    }
    storeLast(last.0, out, count)
    storeLast(last.1, other, count)
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
