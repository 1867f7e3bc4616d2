import Foundation
import Synchronization

/// Shows the progress of long work on standard error.
///
/// On a terminal: one bar with rate and time left, redrawn in place. Elsewhere: a plain line when a
/// step begins and ends, and one every 30 s in between, so that logs of batch jobs stay short. May
/// be used from any thread.
///
/// ```swift
/// let progress = ProgressDisplay()
/// let step = progress.begin("extract", total: 1000, unit: "clips")
/// for clip in clips { ...; step.advance() }
/// step.end()
/// ```
public final class ProgressDisplay: Sendable {
  /// How progress is shown.
  public enum Mode: Hashable, Sendable {
    case bar(color: Bool)
    case lines
    case quiet

    /// What suits standard error.
    public static func automatic(quiet: Bool = false, color: ColorChoice = .auto) -> Mode {
      if quiet { return .quiet }
      let dumb = ProcessInfo.processInfo.environment["TERM"] == "dumb"
      return isatty(STDERR_FILENO) == 1 && !dumb
        ? .bar(color: color.isOn(for: STDERR_FILENO)) : .lines
    }
  }

  private struct State {
    /// Steps that have begun and not ended, outermost first.
    var steps: [ProgressStep] = []
    var lastShown = -Double.infinity
    var barIsUp = false
  }

  public let mode: Mode
  private let write: @Sendable (String) -> Void
  private let now: @Sendable () -> Double
  private let width: @Sendable () -> Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - write: takes the text; standard error by default
  ///   - now: seconds on a clock that never goes back
  ///   - width: columns of the terminal
  public init(
    mode: Mode = .automatic(), write: @escaping @Sendable (String) -> Void = standardError,
    now: @escaping @Sendable () -> Double = monotonicSeconds,
    width: @escaping @Sendable () -> Int = terminalWidth
  ) {
    self.mode = mode
    self.write = write
    self.now = now
    self.width = width
  }

  public static let standardError: @Sendable (String) -> Void = {
    FileHandle.standardError.write(Data($0.utf8))
  }

  public static let monotonicSeconds: @Sendable () -> Double = {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  public static let terminalWidth: @Sendable () -> Int = {
    var size = winsize()
    let known = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return known ? Int(size.ws_col) : 80
  }

  /// Begins a step.
  /// - Parameters:
  ///   - total: how many units it has; nil when unknown
  ///   - unit: the plural of what is counted
  public func begin(_ name: String, total: Int? = nil, unit: String = "steps") -> ProgressStep {
    let step = ProgressStep(
      owner: self, name: TerminalText.clean(name), total: total, unit: unit, start: now())
    state.withLock { state in
      state.steps.append(step)
      switch mode {
      case .quiet: break
      case .lines:
        let size = total.map { " (\($0) \(unit))" } ?? ""
        write("\(name)\(size)\n")
        state.lastShown = now()
      case .bar(let color): draw(&state, color)
      }
    }
    return step
  }

  /// Writes a message without disturbing the bar. Messages are shown in every mode.
  public func message(_ text: String) {
    state.withLock { state in
      clearBar(&state)
      write(text + "\n")
      if case .bar(let color) = mode, !state.steps.isEmpty { draw(&state, color) }
    }
  }

  func advanced(_ step: ProgressStep) {
    state.withLock { state in
      let time = now()
      switch mode {
      case .quiet: break
      case .lines:
        if time - state.lastShown >= 30 {
          state.lastShown = time
          write(step.line(at: time) + "\n")
        }
      case .bar(let color):
        if time - state.lastShown >= 0.1 { draw(&state, color) }
      }
    }
  }

  func ended(_ step: ProgressStep, note: String) {
    state.withLock { state in
      guard let index = state.steps.lastIndex(where: { $0 === step }) else { return }
      state.steps.remove(at: index)
      guard mode != .quiet else { return }
      clearBar(&state)
      write(step.endLine(at: now(), note: note) + "\n")
      if case .bar(let color) = mode, !state.steps.isEmpty { draw(&state, color) }
    }
  }

  private func clearBar(_ state: inout State) {
    if state.barIsUp { write("\r\u{1B}[2K") }
    state.barIsUp = false
  }

  private func draw(_ state: inout State, _ color: Bool) {
    guard let step = state.steps.last else { return }
    state.lastShown = now()
    state.barIsUp = true
    write("\r\u{1B}[2K" + step.bar(at: state.lastShown, width: width() - 1, color: color))
  }
}
