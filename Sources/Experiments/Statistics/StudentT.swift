/// Student's t distribution with a whole number of degrees of freedom.
public struct StudentT: Hashable, Sendable {
  public let degreesOfFreedom: Int

  public init(degreesOfFreedom: Int) {
    precondition(degreesOfFreedom >= 1, "\(degreesOfFreedom) degrees of freedom, need 1 or more")
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The probability of a value of at most `t`.
  public func cumulative(_ t: Double) -> Double {
    t > 0 ? 1 - upperTail(t) : upperTail(-t)
  }

  /// The value that a share `probability` of the distribution lies below.
  /// - Parameter probability: strictly between 0 and 1
  public func quantile(_ probability: Double) -> Double {
    precondition(probability > 0 && probability < 1, "\(probability) is not inside 0...1")
    if probability == 0.5 { return 0 }
    if probability < 0.5 { return -positiveQuantile(tail: probability) }
    return positiveQuantile(tail: 1 - probability)
  }

  /// The probability of a value of at least `t`, for `t >= 0`; keeps its digits far out.
  private func upperTail(_ t: Double) -> Double {
    if t == .infinity { return 0 }
    let n = Double(degreesOfFreedom)
    return 0.5
      * IncompleteBeta.regularized(
        n / (n + t * t), twiceA: degreesOfFreedom, twiceB: 1)
  }

  /// Bisects down to neighbouring floating-point numbers: always ends, always the same.
  private func positiveQuantile(tail: Double) -> Double {
    var low = 0.0
    var high = 1.0
    while upperTail(high) > tail && high < 1e150 {
      low = high
      high *= 2
    }
    while true {
      let middle = low + (high - low) / 2
      if middle <= low || middle >= high { return high }
      if upperTail(middle) > tail { low = middle } else { high = middle }
    }
  }
}
