import CReadline
import Experiments
import Foundation

/// Reads lines from the terminal with GNU readline: editing, history, search, completion.
///
/// Readline keeps its state in global variables, so there is one editor, used by one thread.
final class LineEditor {
  enum Input {
    case line(String)
    /// Ctrl-C, or SIGTERM.
    case interrupted
    /// Ctrl-D on an empty line.
    case end
  }

  private let history: HistoryFile?
  private(set) var historyWarning: String?

  /// - Parameter complete: the completions of the last word of a text
  init(history: HistoryFile?, complete: @escaping (String) -> [Completion]) {
    self.history = history
    CReadline_setName("merepl")
    if isatty(STDOUT_FILENO) == 0 { CReadline_writeToStandardError() }
    CReadline_setReader { _ in TerminalInput.read() }
    TerminalInput.watchForContinuation()
    CompletionBridge.install(complete)
    using_history()
    CReadline_keepMultilineHistory()
    do {
      try history?.load()
    } catch {
      historyWarning = "\(error)"
    }
  }

  func read(prompt: String, color: ColorChoice) -> Input {
    // Between \1 and \2 stand characters that take no room on the line.
    let shown =
      color.isOn(for: STDOUT_FILENO)
      ? "\u{1}\u{1B}[1;36m\u{2}\(prompt)\u{1}\u{1B}[0m\u{2}" : prompt
    TerminalInput.beginLine()
    let line = readline(shown)
    defer { free(line) }
    if Cancellation.isRequested { return .interrupted }
    guard let line else {
      print()
      return .end
    }
    return .line(String(cString: line))
  }

  /// Adds an input to the history, unless it repeats the last one or begins with a space.
  func remember(_ text: String) {
    guard !text.isEmpty, !text.hasPrefix(" "), text != Self.entries.last else { return }
    add_history(text)
    do {
      try history?.appendLast()
    } catch {
      historyWarning = "\(error)"
    }
  }

  /// The inputs of this and earlier sessions, oldest first.
  static var entries: [String] {
    (0..<CReadline_historyLength()).compactMap { index in
      CReadline_historyEntry(index).map { String(cString: $0) }
    }
  }
}
