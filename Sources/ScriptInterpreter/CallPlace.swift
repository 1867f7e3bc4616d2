import Diagnostics

/// Where a command was called. What it computes later, when its value is needed, fails there.
public struct CallPlace: Sendable {
  let name: String
  let span: SourceSpan
  /// The calls that were open, outermost first.
  let callStack: [CallFrame]

  public init(name: String, span: SourceSpan, callStack: [CallFrame]) {
    self.name = name
    self.span = span
    self.callStack = callStack
  }

  /// An error of the host or of an accessor with its place and the open calls; one that has a place
  /// keeps it.
  public func placed(_ error: any Error) -> any Error {
    switch error {
    case is ScriptError, is CheckFailure:
      return error
    case let diagnostic as Diagnostic:
      return ScriptError(diagnostic, callStack: callStack)
    case let limit as LimitReached:
      return ScriptError(Diagnostic(limit.code, limit.message, at: span), callStack: callStack)
    case let command as CommandError:
      let diagnostic = Diagnostic(
        command.code, "\(name): \(command.message)", at: span,
        notes: command.notes.map { Diagnostic.Note($0) }, suggestion: command.suggestion)
      return ScriptError(diagnostic, callStack: callStack, exitCode: command.exitCode)
    case is CancellationError:
      return ScriptError(
        Diagnostic(.cancelled, "interrupted", at: span), callStack: callStack)
    default:
      let code = (error as? any ExitCoded)?.exitCode
      return ScriptError(
        Diagnostic(.commandFailed, "\(name): \(error)", at: span), callStack: callStack,
        exitCode: code)
    }
  }
}
