/// Products of numbers that come from files and scripts: what does not fit into an integer is an
/// error in words and not the end of the program.
public enum CheckedSize {
  /// The product of extents, as of a shape or of a buffer.
  public static func product(_ factors: [Int]) throws(SizeOverflow) -> Int {
    var result = 1
    for factor in factors {
      let (product, overflow) = result.multipliedReportingOverflow(by: factor)
      if overflow { throw SizeOverflow(factors: factors) }
      result = product
    }
    return result
  }

  public static func product(_ factors: Int...) throws(SizeOverflow) -> Int {
    try product(factors)
  }

  /// The product, or the largest integer where it is more; for estimates.
  public static func saturating(_ factors: Int...) -> Int {
    factors.contains(0) ? 0 : (try? product(factors)) ?? .max
  }

  /// The sum of estimates, which stays at the largest integer once it is there.
  public static func sum(_ parts: Int...) -> Int {
    parts.reduce(0) { sum, part in
      let (next, overflow) = sum.addingReportingOverflow(part)
      return overflow ? .max : next
    }
  }
}

/// A size that no 64-bit integer holds.
public struct SizeOverflow: Error, Hashable, Sendable, CustomStringConvertible {
  public let factors: [Int]

  public var description: String {
    let shown = factors.prefix(8).map(String.init).joined(separator: " x ")
    let rest = factors.count > 8 ? " x ..." : ""
    return "the size \(shown)\(rest) does not fit in a 64-bit integer"
  }
}
