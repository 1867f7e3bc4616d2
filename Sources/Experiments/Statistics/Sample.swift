/// A closed range of numbers around an estimate.
public struct Interval: Hashable, Sendable, CustomStringConvertible {
  public let low: Double
  public let high: Double

  public init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  public var halfWidth: Double { (high - low) / 2 }
  public func contains(_ value: Double) -> Bool { low <= value && value <= high }
  public var description: String { "[\(low), \(high)]" }
}

/// Repeated measurements of one quantity, usually one value per seed, in seed order.
public struct Sample: Hashable, Sendable {
  public let values: [Double]

  /// - Parameter values: at least one value
  public init(_ values: [Double]) {
    precondition(!values.isEmpty, "a sample needs at least one value")
    self.values = values
  }

  public var count: Int { values.count }

  /// The mean; summed about the first value, so equal values have exactly themselves as mean.
  public var mean: Double {
    let origin = values[0]
    return origin + values.reduce(0) { $0 + ($1 - origin) } / Double(count)
  }

  /// The standard deviation with divisor `n - 1`; nil for a single value.
  public var standardDeviation: Double? {
    guard count > 1 else { return nil }
    let mean = self.mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(count - 1)).squareRoot()
  }

  /// The standard error of the mean; nil for a single value.
  public var standardError: Double? {
    standardDeviation.map { $0 / Double(count).squareRoot() }
  }

  /// Half the width of the confidence interval of the mean; nil for a single value.
  public func halfWidth(confidence: Double = 0.95) -> Double? {
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence) is not in 0...1")
    return standardError.map {
      $0 * StudentT(degreesOfFreedom: count - 1).quantile(0.5 + confidence / 2)
    }
  }

  /// The confidence interval of the mean (Student's t); nil for a single value.
  public func interval(confidence: Double = 0.95) -> Interval? {
    halfWidth(confidence: confidence).map { Interval(low: mean - $0, high: mean + $0) }
  }
}
