import Tensors

/// How far a tensor is from what was expected of it.
public struct Closeness: Sendable, CustomStringConvertible {
  /// The largest difference over the largest expected magnitude; NaN where anything is NaN.
  public let error: Float
  /// Nil where the shapes differ.
  private let place: Int?
  private let found: String
  private let expected: String

  public init(_ found: Tensor, _ expected: Tensor) {
    guard found.shape == expected.shape else {
      (error, place) = (.nan, nil)
      (self.found, self.expected) = ("shape \(found.shape)", "shape \(expected.shape)")
      return
    }
    let (a, b) = (found.values, expected.values)
    var worst = 0
    var difference: Float = 0
    for i in a.indices where !(abs(a[i] - b[i]) <= difference) {
      (worst, difference) = (i, abs(a[i] - b[i]))
      if difference.isNaN { break }
    }
    error = difference / b.reduce(1e-12) { max($0, abs($1)) }
    place = worst
    self.found = a.isEmpty ? "nothing" : String(a[worst])
    self.expected = b.isEmpty ? "nothing" : String(b[worst])
  }

  /// False for NaN and for another shape.
  public func isWithin(_ tolerance: Float) -> Bool { error <= tolerance }

  public var description: String {
    let element = place.map { "element \($0): " } ?? ""
    return "\(element)\(found), expected \(expected); relative error \(error)"
  }
}
