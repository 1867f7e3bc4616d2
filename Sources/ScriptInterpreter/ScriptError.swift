import Diagnostics

/// One open call: what was called, and where.
public struct CallFrame: Sendable, Hashable, CustomStringConvertible {
  public let name: String
  public let span: SourceSpan

  public var description: String { "in \(name), called at \(span)" }
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
