import Diagnostics
import Experiments
import ScriptInterpreter

/// The program's exit status.
public struct ExitStatus: Hashable, Sendable {
  public let code: Int32

  public init(code: Int32) { self.code = code }

  public static let ok = ExitStatus(code: 0)
  public static let checkFailed = ExitStatus(code: 2)
  public static let claimsFailed = ExitStatus(code: 3)
  public static let mismatch = ExitStatus(code: 3)
  public static let inputMissing = ExitStatus(code: 5)
  /// `plan --exit-code`, where something would run.
  public static let workPending = ExitStatus(code: 10)

  public init(_ error: any Error) {
    switch error {
    case let error as any ExitCoded: code = error.exitCode
    case let error as CancelledError: code = error.exitCode
    case let error as Diagnostic: code = error.code.exitCode
    default: code = 1
    }
  }
}
