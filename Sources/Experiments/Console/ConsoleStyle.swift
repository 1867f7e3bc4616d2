import Foundation

/// Whether to colour what goes to a terminal. `--color` decides; then `NO_COLOR`, `FORCE_COLOR`,
/// and whether the stream is a terminal that understands colour.
public enum ColorChoice: String, Hashable, Sendable, CaseIterable {
  case auto
  case always
  case never

  /// - Parameter file: the stream written to, 1 or 2
  public func isOn(
    for file: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool {
    switch self {
    case .always: return true
    case .never: return false
    case .auto:
      func isSet(_ name: String) -> Bool { environment[name].map { !$0.isEmpty } ?? false }
      if isSet("NO_COLOR") { return false }
      if isSet("FORCE_COLOR") { return true }
      return isatty(file) == 1 && environment["TERM"] != "dumb"
    }
  }
}
