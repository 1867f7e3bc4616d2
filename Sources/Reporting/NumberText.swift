import Foundation

/// Numbers as people read them.
public enum NumberText {
  /// A fixed number of digits after the point; never `-0.00`.
  public static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "inf" : "-inf" }
    // Beyond this the digits before the point mean nothing, and there may be hundreds.
    if value.magnitude >= 1e15 { return String(format: "%.\(digits)e", value) }
    let text = String(format: "%.\(digits)f", value)
    let isZero = text.allSatisfy { "-0.".contains($0) }
    return isZero && text.hasPrefix("-") ? String(text.dropFirst()) : text
  }

  /// Three significant digits, without needless zeros.
  public static func short(_ value: Double) -> String {
    value.isFinite ? String(format: "%.3g", value == 0 ? 0 : value) : fixed(value, digits: 0)
  }
}
