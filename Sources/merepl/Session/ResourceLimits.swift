import Dispatch
import Experiments
import Foundation

/// What the process may use up while it runs a stranger's script, beside the interpreter's own
/// limits: time inside long commands, and the size of a file.
final class ResourceLimits {
  private let timer: DispatchSourceTimer

  /// The largest file that an untrusted script may write, in bytes.
  private static let fileSize: rlim_t = 256 << 20

  init(wallTime: Duration) {
    var limit = rlimit(rlim_cur: Self.fileSize, rlim_max: Self.fileSize)
    setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    timer = DispatchSource.makeTimerSource(queue: .global())
    timer.schedule(deadline: .now() + Double(wallTime.components.seconds))
    timer.setEventHandler { Cancellation.request(signal: SIGXCPU) }
    timer.resume()
  }

  func end() { timer.cancel() }
}
