import Diagnostics
import Experiments
import ScriptInterpreter

/// The program's exit status.
struct ExitStatus: Hashable, Sendable {
  let code: Int32

  init(code: Int32) { self.code = code }

  static let ok = ExitStatus(code: 0)
  static let checkFailed = ExitStatus(code: 2)
  static let claimsFailed = ExitStatus(code: 3)
  static let mismatch = ExitStatus(code: 3)
  static let inputMissing = ExitStatus(code: 5)
  /// `plan --exit-code`, where something would run.
  static let workPending = ExitStatus(code: 10)

  init(_ error: any Error) {
    switch error {
    case let error as any ExitCoded: code = error.exitCode
    case let error as CancelledError: code = error.exitCode
    case let error as Diagnostic: code = error.code.exitCode
    default: code = 1
    }
  }
}
