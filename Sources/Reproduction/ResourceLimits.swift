import Dispatch
import Experiments
import Foundation

/// What a confined process may use up while it runs a stranger's script, beside the interpreter's
/// own limits and the kernel's: time inside long commands, said in words.
final class ResourceLimits: @unchecked Sendable {
  /// Touched by `init` alone. Lives as long as the process; being a source of Dispatch it ends with its last reference.
  private let timer: any DispatchSourceTimer

  /// Asks long work to stop when the time is over.
  init(wallTime: Duration) {
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + Double(wallTime.components.seconds))
    timer.setEventHandler { Cancellation.request(signal: SIGXCPU) }
    timer.resume()
  }
}
