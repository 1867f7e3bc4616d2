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
    let mean = mean(of: values)
    // Differences and sums of finite values may be too large for a number, their mean is not.
    guard !mean.isFinite, let low = values.min(), let high = values.max(),
      values.allSatisfy(\.isFinite)
    else { return mean }
    return min(high, max(low, self.mean(of: values.map { $0 * 0x1p-200 }) * 0x1p200))
  }

  private func mean(of values: [Double]) -> Double {
    let origin = values[0]
    return origin + values.reduce(0) { $0 + ($1 - origin) } / Double(count)
  }

  /// The standard deviation with divisor `n - 1`; nil for a single value. Infinite where it is too
  /// large for a number.
  public var standardDeviation: Double? {
    guard count > 1 else { return nil }
    let mean = self.mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    guard squares.isFinite && squares > 0x1p-960 || squares.isNaN || !mean.isFinite else {
      return scaledDeviation(about: mean)
    }
    return (squares / Double(count - 1)).squareRoot()
  }

  /// For distances whose squares are too large or too small for numbers.
  private func scaledDeviation(about mean: Double) -> Double {
    let scale = values.contains { $0.magnitude > 1 } ? 0.5 : 1
    let distances = values.map { $0 * scale - mean * scale }
    guard let largest = distances.lazy.map(\.magnitude).max(), largest > 0 else { return 0 }
    let unit = Double(sign: .plus, exponent: largest.exponent, significand: 1)
    let squares = distances.reduce(0) { $0 + ($1 / unit) * ($1 / unit) }
    return (squares / Double(count - 1)).squareRoot() * unit / scale
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
