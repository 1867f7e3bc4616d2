import Foundation
import Synchronization

/// Thrown when the user or the system interrupts work.
public struct CancelledError: Error, Hashable, Sendable, CustomStringConvertible {
  /// SIGINT, SIGTERM, or SIGXCPU if a time limit was exceeded.
  public let signal: Int32
  /// Whether finished work was saved and can be resumed.
  public let hasKept: Bool

  public init(signal: Int32, hasKept: Bool = false) {
    self.signal = signal
    self.hasKept = hasKept
  }

  /// 130 after SIGINT, 143 after SIGTERM, as shells expect; 4 after a limit.
  public var exitCode: Int32 { signal == SIGXCPU ? 4 : 128 + signal }
  public var description: String {
    let what =
      switch signal {
      case SIGTERM: "terminated"
      case SIGXCPU: "time limit exceeded"
      default: "interrupted"
      }
    guard hasKept else { return what }
    return Cancellation.needsResume
      ? "\(what); finished work is saved; run again with --resume to continue"
      : "\(what); finished work is saved; run again to resume"
  }
}

/// Turns SIGINT and SIGTERM into a flag that long work looks at between two steps.
///
/// The first signal raises the flag; a second SIGINT within two seconds ends the process at once,
/// for work that does not look.
public enum Cancellation {
  private static let pending = Atomic<Int32>(0)
  private static let lastInterrupt = Atomic<Int>(0)
  private static let hasKept = Atomic(false)
  private static let resumes = Atomic(false)

  /// Whether the command resumes only with `--resume`.
  static var needsResume: Bool { resumes.load(ordering: .relaxed) }

  /// Declares that the command starts over unless `--resume` is given.
  public static func requireResume() { resumes.store(true, ordering: .relaxed) }

  /// Installs the handlers. Call once, early; harmless when called again.
  public static func install() {
    // The first use of a lazy global takes a lock, which a handler must not do.
    reset()
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Cancellation.received($0) }
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
    // A file that grows too large is an error of the write, not the end of the process.
    signal(SIGXFSZ, SIG_IGN)
    // A program that starts this one may leave it with these signals blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }

  /// Runs inside the signal handler: only atomics, `clock_gettime` and `_exit`.
  private static func received(_ signal: Int32) {
    pending.store(signal, ordering: .relaxed)
    guard signal == SIGINT else { return }
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    let milliseconds = now.tv_sec * 1000 + now.tv_nsec / 1_000_000
    let before = lastInterrupt.exchange(milliseconds, ordering: .relaxed)
    if before != 0 && milliseconds - before < 2000 { _exit(130) }
  }

  /// Whether someone asked to stop.
  public static var isRequested: Bool { pending.load(ordering: .relaxed) != 0 }

  /// Lowers the flag, for the prompt after an interrupted command.
  public static func reset() {
    pending.store(0, ordering: .relaxed)
    lastInterrupt.store(0, ordering: .relaxed)
    hasKept.store(false, ordering: .relaxed)
  }

  /// Notes that a result, or a part of one, was saved.
  public static func noteKept() { hasKept.store(true, ordering: .relaxed) }

  /// Raises the flag as the signal would, for hosts without signals.
  public static func request(signal: Int32 = SIGINT) {
    pending.store(signal, ordering: .relaxed)
  }
}

/// Throws when someone asked to stop. A single atomic load: cheap enough for inner loops.
@inlinable
public func checkCancellation() throws(CancelledError) {
  if Cancellation.isRequested { throw Cancellation.error }
}

extension Cancellation {
  /// The error for the signal that came.
  public static var error: CancelledError {
    let signal = pending.load(ordering: .relaxed)
    return CancelledError(
      signal: signal == 0 ? SIGINT : signal, hasKept: hasKept.load(ordering: .relaxed))
  }
}
