import Dispatch
import Experiments
import Foundation

/// The time limit of a confined process, which also covers long commands and has a clear message,
/// beside the limits of the interpreter and the kernel.
final class ResourceLimits: @unchecked Sendable {
  /// Used only by `init`; kept because a Dispatch source ends with its last reference.
  private let timer: any DispatchSourceTimer

  /// Asks long work to stop when the time limit is exceeded.
  init(wallTime: Duration) {
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + Double(wallTime.components.seconds))
    timer.setEventHandler { Cancellation.request(signal: SIGXCPU) }
    timer.resume()
  }
}
