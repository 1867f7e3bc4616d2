/// Sums over ranges of elements, in an order that depends on their number alone.
public enum Reductions {
  public static func sum(_ x: TensorStorage, _ range: Range<Int>) -> Float {
    check(range, x)
    return VectorMath.sum(x.pointer + range.lowerBound, range.count)
  }

  /// The sum of squares.
  public static func squares(_ x: TensorStorage, _ range: Range<Int>) -> Float {
    check(range, x)
    let start = UnsafePointer(x.pointer + range.lowerBound)
    return VectorMath.dot(start, start, range.count)
  }

  /// The place of the first largest element of the range, counted from its start.
  public static func argmax(_ x: TensorStorage, _ range: Range<Int>) -> Int {
    check(range, x)
    let p = x.pointer + range.lowerBound
    return (0..<range.count).reduce(0) { p[$1] > p[$0] ? $1 : $0 }
  }

  private static func check(_ range: Range<Int>, _ x: TensorStorage) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= x.count, "elements \(range) of \(x.count)")
  }
}
