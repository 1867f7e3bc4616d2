/// Sums in four fixed chains of eight lanes: the order depends on the length alone.
extension VectorMath {
  /// The sum of eight lanes, by halves.
  @inlinable @inline(__always)
  static func total(_ v: Lanes) -> Float {
    let four = v.lowHalf + v.highHalf
    let two = four.lowHalf + four.highHalf
    return two[0] + two[1]
  }

  /// Sum of `f(x[i])`.
  @inlinable @inline(__always)
  public static func sum(
    _ x: UnsafePointer<Float>, _ count: Int, _ f: (Lanes) -> Lanes = { $0 }
  ) -> Float {
    if count < 8 { return total(keepingFirst(count, of: f(loadHead(x, count)))) }
    var (a, b, c, d) = (Lanes(), Lanes(), Lanes(), Lanes())
    var i = 0
    while i &+ 32 <= count {
      a += f(load(x + i))
      b += f(load(x + i + 8))
      c += f(load(x + i + 16))
      d += f(load(x + i + 24))
      i &+= 32
    }
    while i &+ 8 <= count {
      a += f(load(x + i))
      i &+= 8
    }
    if i < count { b += keepingLast(count &- i, of: f(load(x + count - 8))) }
    return total((a + b) + (c + d))
  }

  /// Sum of `f(x[i], y[i])`.
  @inlinable @inline(__always)
  public static func sum(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int,
    _ f: (Lanes, Lanes) -> Lanes
  ) -> Float {
    if count < 8 {
      return total(keepingFirst(count, of: f(loadHead(x, count), loadHead(y, count))))
    }
    var (a, b) = (Lanes(), Lanes())
    var i = 0
    while i &+ 16 <= count {
      a += f(load(x + i), load(y + i))
      b += f(load(x + i + 8), load(y + i + 8))
      i &+= 16
    }
    if i &+ 8 <= count {
      a += f(load(x + i), load(y + i))
      i &+= 8
    }
    if i < count { b += keepingLast(count &- i, of: f(load(x + count - 8), load(y + count - 8))) }
    return total(a + b)
  }

  /// Sum of `x[i] * y[i]`.
  public static func dot(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    if count < 8 { return total(loadHead(x, count) * loadHead(y, count)) }
    var (a, b, c, d) = (Lanes(), Lanes(), Lanes(), Lanes())
    var i = 0
    while i &+ 32 <= count {
      a = a.addingProduct(load(x + i), load(y + i))
      b = b.addingProduct(load(x + i + 8), load(y + i + 8))
      c = c.addingProduct(load(x + i + 16), load(y + i + 16))
      d = d.addingProduct(load(x + i + 24), load(y + i + 24))
      i &+= 32
    }
    while i &+ 8 <= count {
      a = a.addingProduct(load(x + i), load(y + i))
      i &+= 8
    }
    if i < count {
      b = b.addingProduct(keepingLast(count &- i, of: load(x + count - 8)), load(y + count - 8))
    }
    return total((a + b) + (c + d))
  }

  @inline(__always)
  private static func larger(_ best: Lanes, _ v: Lanes) -> Lanes {
    best.replacing(with: v, where: v .> best)
  }

  /// The largest element; -infinity for none. NaN is never larger.
  public static func maximum(_ x: UnsafePointer<Float>, _ count: Int) -> Float {
    let none = Lanes(repeating: -.infinity)
    if count < 8 {
      return (0..<count).reduce(-.infinity) { x[$1] > $0 ? x[$1] : $0 }
    }
    let end = count &- 8
    var a = larger(none, load(x + end))
    var (b, c, d) = (none, none, none)
    var i = 0
    while i &+ 32 <= end {
      a = larger(a, load(x + i))
      b = larger(b, load(x + i + 8))
      c = larger(c, load(x + i + 16))
      d = larger(d, load(x + i + 24))
      i &+= 32
    }
    while i < end {
      b = larger(b, load(x + i))
      i &+= 8
    }
    let best = larger(larger(a, b), larger(c, d))
    return (0..<8).reduce(-.infinity) { best[$1] > $0 ? best[$1] : $0 }
  }
}
