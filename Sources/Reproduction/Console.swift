import Diagnostics
import EditorSupport
import Experiments
import Foundation
import JSON
import Reporting
import ScriptInterpreter
import Synchronization

/// Where output goes: data to standard output; messages and progress to standard error.
public struct Console: Sendable {
  let isQuiet: Bool
  public let writesJSON: Bool
  public let progress: ProgressDisplay
  private let color: ColorChoice

  public init(color: ColorChoice = .auto, isQuiet: Bool = false, writesJSON: Bool = false) {
    self.isQuiet = isQuiet
    self.writesJSON = writesJSON
    progress = ProgressDisplay(mode: .automatic(quiet: isQuiet, color: color))
    self.color = color
  }

  /// What standard output can show at this moment.
  public var style: TerminalStyle { .current(for: STDOUT_FILENO, color: color) }

  /// Source lines are cut to the window's width so that carets line up.
  var renderer: DiagnosticRenderer {
    var renderer = DiagnosticRenderer(usesColor: color.isOn(for: STDERR_FILENO))
    var size = winsize()
    if isatty(STDERR_FILENO) == 1, ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0,
      size.ws_col > 0
    {
      // Leaves room for the line number and the bar.
      renderer.maximumWidth = max(20, Int(size.ws_col) - 8)
      renderer.textWidth = Int(size.ws_col)
    }
    return renderer
  }

  /// A line of data.
  public func write(_ line: String) {
    if case .bar = progress.mode, isatty(STDOUT_FILENO) == 1 {
      print("\r\u{1B}[2K", terminator: "")
    }
    print(isatty(STDOUT_FILENO) == 1 ? TerminalText.cleanKeepingStyle(line) : line)
    Self.flush()
  }

  /// A summary of the work: one object with `--json`, otherwise readable lines.
  public func write(
    _ json: @autoclosure () -> JSONValue, or lines: @autoclosure () -> [String]
  ) throws {
    if writesJSON { return write(try json().serialized()) }
    for line in lines() { write(line) }
  }

  /// Why some of the data did not reach standard output, as on a full disk; nil if all did.
  public static var outputProblem: String? {
    flush()
    let number = outputFailure.load(ordering: .relaxed)
    if number == 0 { return nil }
    return "cannot write to standard output: \(String(cString: strerror(number)))"
  }

  /// The system's number of the first failure; 0 for none.
  private static let outputFailure = Atomic<Int32>(0)

  private static func flush() {
    if fflush(nil) == 0 { return }
    _ = outputFailure.compareExchange(expected: 0, desired: errno, ordering: .relaxed)
  }

  /// A message that is always shown.
  public func message(_ text: String) {
    progress.message(isatty(STDERR_FILENO) == 1 ? TerminalText.cleanKeepingStyle(text) : text)
  }

  /// A note, suppressed by `--quiet`.
  public func remark(_ text: String) {
    if !isQuiet { message(text) }
  }

  public func show(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    message(
      writesJSON
        ? diagnostics.map(\.json).joined(separator: "\n") : renderer.render(diagnostics))
  }

  /// Reports an error.
  /// - Returns: the exit status for it
  public func report(_ error: any Error) -> ExitStatus {
    if Cancellation.isRequested {
      // The terminal has shown ^C.
      message((isatty(STDERR_FILENO) == 1 ? "\n" : "") + "\(Cancellation.error)")
      return ExitStatus(Cancellation.error)
    }
    switch error {
    case let failure as CheckFailure:
      show(failure.diagnostics)
    case let failure as ScriptError:
      message(writesJSON ? failure.diagnostic.json : failure.render(renderer))
    case let diagnostic as Diagnostic:
      show([diagnostic])
    case let failure as CommandError:
      show(failure)
    default:
      show(CommandError("\(error)"))
    }
    return ExitStatus(error)
  }

  /// An error outside any script, without a position or code.
  private func show(_ failure: CommandError) {
    if writesJSON {
      show([
        Diagnostic(
          failure.code, failure.message, at: nil,
          notes: failure.notes.map { Diagnostic.Note($0) }, suggestion: failure.suggestion)
      ])
      return
    }
    let title = renderer.usesColor ? "\u{1B}[1;31merror\u{1B}[0m" : "error"
    var lines = ["\(title): \(failure.message)"]
    lines += failure.notes.map { "  = note: \($0)" }
    if let suggestion = failure.suggestion { lines.append("  = help: \(suggestion)") }
    message(lines.joined(separator: "\n"))
  }
}
