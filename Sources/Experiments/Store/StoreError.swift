/// Why a result was not stored, or what was stored makes no sense. What the system refuses is a
/// ``FileFault``.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A result that must not be kept: empty, or with NaN or infinite values.
  case invalidResult(command: String, reason: String)
  /// A lock file, run record or table that cannot be read.
  case malformed(file: String, line: Int, reason: String)

  public var description: String {
    switch self {
    case .invalidResult(let command, let reason):
      "the result of \(command) is not cached: \(reason)"
    case .malformed(let file, let line, let reason):
      "\(file):\(line): \(reason)"
    }
  }
}
