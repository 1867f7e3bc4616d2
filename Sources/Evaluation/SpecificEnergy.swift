/// How much of a set of maps is not one map common to all of them:
/// `1 - |mean|^2 / mean(|row|^2)` over rows that sum to 1.
public struct SpecificEnergy: Sendable {
  private var mean: [Double]
  private var energy = 0.0
  private var count = 0.0

  /// - Parameter width: entries of a row
  public init(width: Int) { mean = [Double](repeating: 0, count: width) }

  /// - Parameter row: `[width]`, scaled here to sum to 1
  public mutating func add(_ row: some Collection<Float>) {
    precondition(row.count == mean.count, "a row of \(row.count) entries, not \(mean.count)")
    let total = max(row.reduce(0.0) { $0 + Double($1) }, 1e-12)
    for (cell, value) in row.enumerated() {
      let share = Double(value) / total
      mean[cell] += share
      energy += share * share
    }
    count += 1
  }

  /// Nil before the first row.
  public var share: Double? {
    guard count > 0 else { return nil }
    let common = mean.reduce(0) { $0 + ($1 / count) * ($1 / count) }
    return 1 - common / (energy / count)
  }
}
