/// Errors that know the exit code of the program they end.
public protocol ExitCoded: Error {
  var exitCode: Int32 { get }
}

/// What a host command throws when something is wrong with its input. The interpreter adds the
/// place and the open calls.
public struct CommandError: ExitCoded, CustomStringConvertible, Sendable {
  public let message: String
  public let code: DiagnosticCode
  public let notes: [String]
  public let suggestion: String?
  public let exitCode: Int32

  public init(
    _ message: String, code: DiagnosticCode = .commandFailed, notes: [String] = [],
    suggestion: String? = nil, exitCode: Int32? = nil
  ) {
    self.message = message
    self.code = code
    self.notes = notes
    self.suggestion = suggestion
    self.exitCode = exitCode ?? code.exitCode
  }

  public var description: String { message }
}
