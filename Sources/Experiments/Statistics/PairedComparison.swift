/// The verdict of the measurements on a claim.
public enum ClaimVerdict: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case supported
  case notSupported = "not supported"
  case inconclusive

  public var description: String { rawValue }
}

/// Two arms measured with the same seeds, compared seed by seed.
///
/// Pairing removes what a seed does to both arms alike, so far fewer seeds show a difference.
public struct PairedComparison: Hashable, Sendable {
  /// `a - b` for each seed.
  public let differences: Sample
  public let confidence: Double
  /// Whether each arm has the same value for all seeds: a repeated measurement, or one that does
  /// not depend on the seed. Its spread says nothing.
  public let isRepeated: Bool

  /// - Parameters:
  ///   - a: one value per seed
  ///   - b: one value per seed, in the same order
  public init(_ a: [Double], _ b: [Double], confidence: Double = 0.95) throws {
    guard a.count == b.count, !a.isEmpty else {
      throw StatisticsError.unpaired(a.count, b.count)
    }
    guard a.allSatisfy(\.isFinite), b.allSatisfy(\.isFinite) else {
      throw StatisticsError.nonFinite
    }
    differences = Sample(zip(a, b).map { $0 - $1 })
    self.confidence = confidence
    isRepeated = a.count > 1 && Set(a).count == 1 && Set(b).count == 1
    guard differences.values.allSatisfy(\.isFinite), interval?.halfWidth.isFinite ?? true else {
      let largest = (a + b).max { $0.magnitude < $1.magnitude } ?? 0
      throw StatisticsError.outOfRange(largest)
    }
  }

  public var mean: Double { differences.mean }
  public var interval: Interval? { differences.interval(confidence: confidence) }

  /// Judges "a is better than b by more than `margin`", where larger is better: supported if the
  /// interval is above the margin, not supported if it is not, inconclusive if it contains the
  /// margin or if a single seed gives no interval.
  public func better(margin: Double = 0) -> ClaimVerdict {
    guard let interval, !isRepeated else { return .inconclusive }
    if interval.low > margin { return .supported }
    if interval.high <= margin { return .notSupported }
    return .inconclusive
  }
}

/// Measurements that cannot be compared.
public enum StatisticsError: Error, Hashable, Sendable, CustomStringConvertible {
  case unpaired(Int, Int)
  case nonFinite
  /// Differences that overflow; the largest value.
  case outOfRange(Double)

  public var description: String {
    switch self {
    case .unpaired(let a, let b):
      "paired comparison of \(a) with \(b) values: both arms need the same seeds, at least one"
    case .nonFinite:
      "paired comparison of values that are not finite: a list contains a number that is not finite"
    case .outOfRange(let value):
      "paired comparison of values as large as \(value): their differences or the interval "
        + "overflow; compare values in another unit"
    }
  }
}
