/// Why a document could not be read, walked or written.
public enum JSONError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file itself could not be read.
  case unreadable(file: String, reason: String)
  /// The text is not JSON. `offset` counts bytes from 0; line and column count from 1.
  case syntax(source: String, offset: Int, line: Int, column: Int, reason: String)
  /// A required key is absent (or null).
  case missing(path: String, key: String, available: [String])
  /// A value is there but of another type.
  case mismatch(path: String, expected: String, found: String)
  /// A NaN or an infinity, which JSON cannot express.
  case notFinite(path: String)

  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "cannot read \(file): \(reason)"
    case .syntax(let source, let offset, let line, let column, let reason):
      return "\(source):\(line):\(column): not valid JSON: \(reason) (byte \(offset))"
    case .missing(let path, let key, let available):
      let shown = available.prefix(12).joined(separator: ", ")
      let more = available.count > 12 ? ", ..." : ""
      let present = available.isEmpty ? "it has no keys" : "its keys are \(shown)\(more)"
      return "\(Self.place(path)): required key \"\(key)\" is missing; \(present)"
    case .mismatch(let path, let expected, let found):
      return "\(Self.place(path)): expected \(expected), found \(found)"
    case .notFinite(let path):
      return "\(path): NaN and infinity cannot be written as JSON; use null or omit it"
    }
  }

  /// A path without the colon that the name of a file ends with.
  private static func place(_ path: String) -> Substring {
    path.hasSuffix(":") ? path.dropLast() : path[...]
  }
}
