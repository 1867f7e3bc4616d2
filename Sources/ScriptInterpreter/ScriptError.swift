import Diagnostics

/// One open call: what was called, and where.
public struct CallFrame: Sendable, Hashable, CustomStringConvertible {
  public let name: String
  public let span: SourceSpan

  public var description: String { "in \(name), called at \(span)" }
}

/// Errors that know the exit code of the program they end.
public protocol ExitCoded: Error {
  var exitCode: Int32 { get }
}

/// An error while a script runs.
public struct ScriptError: ExitCoded, CustomStringConvertible, Sendable {
  public let diagnostic: Diagnostic
  /// The calls that were open, outermost first.
  public let callStack: [CallFrame]
  public let exitCode: Int32

  public init(_ diagnostic: Diagnostic, callStack: [CallFrame], exitCode: Int32? = nil) {
    self.diagnostic = diagnostic
    self.callStack = callStack
    self.exitCode = exitCode ?? diagnostic.code.exitCode
  }

  public var description: String { render(DiagnosticRenderer()) }

  /// The diagnostic, then the open calls, innermost first.
  public func render(_ renderer: DiagnosticRenderer) -> String {
    ([renderer.render(diagnostic)] + callStack.reversed().map { "   \($0)" })
      .joined(separator: "\n")
  }
}

/// A script that was not run because it has errors.
public struct CheckFailure: ExitCoded, CustomStringConvertible, Sendable {
  /// Errors and warnings, by place.
  public let diagnostics: [Diagnostic]

  public init(_ diagnostics: [Diagnostic]) {
    self.diagnostics = diagnostics
  }

  public var exitCode: Int32 { 2 }
  public var description: String { DiagnosticRenderer().render(diagnostics) }
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
