/// What is wrong with a request for activations.
public enum CaptureError: Error, Equatable, CustomStringConvertible {
  case pattern(String, reason: String)
  /// - nearest: a pattern that does match
  case noMatch(String, nearest: String?)
  /// The activation cannot be computed for some queries alone.
  case queries(address: String)

  public var description: String {
    switch self {
    case .pattern(let text, let reason): "the pattern '\(text)' is not valid: \(reason)"
    case .noMatch(let text, _): "no activation matches '\(text)'"
    case .queries(let address): "\(address) cannot be computed for some queries alone"
    }
  }

  /// What to ask for instead.
  public var suggestion: String? {
    guard case .noMatch(_, let nearest?) = self else { return nil }
    return "did you mean '\(nearest)'?"
  }
}
