import Foundation

/// The numbers that gnuplot writes beside an axis, to know their room beforehand.
enum TickNumbers {
  /// - Parameter range: what a linear axis shows
  static func names(_ range: ClosedRange<Double>) -> [String] {
    let extent = range.upperBound - range.lowerBound
    guard extent > 0, extent.isFinite else { return [] }
    let step = Self.step(extent)
    let first = (range.lowerBound / step).rounded(.up)
    let last = (range.upperBound / step).rounded(.down)
    guard last >= first, last - first < 100 else { return [] }
    return stride(from: first, through: last, by: 1).map { place in
      String(format: "%g", place == 0 ? 0 : place * step)
    }
  }

  /// gnuplot's choice: some five to ten round numbers.
  private static func step(_ extent: Double) -> Double {
    let power = pow(10, log10(extent).rounded(.down))
    switch 20 / (extent / power) {
    case 40...: return 0.05 * power
    case 20...: return 0.1 * power
    case 10...: return 0.2 * power
    case 4...: return 0.5 * power
    case 2...: return power
    default: return 2 * power
    }
  }
}
