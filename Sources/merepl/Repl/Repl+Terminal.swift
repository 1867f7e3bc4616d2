import Experiments
import Foundation
import Reproduction

extension Repl {
  /// Reads from the terminal until the user quits.
  func runInteractively(history: HistoryFile?, color: ColorChoice) -> ExitStatus {
    let completer = Completer(
      signatures: session.host.signatures,
      bindings: { [interpreter] in interpreter.bindings })
    let editor = LineEditor(history: history) { [unowned self] line in
      completer.completions(for: isInsideInput ? unfinishedText + "\n" + line : line)
    }
    session.host.style = { [console] in
      var style = console.style
      if style.colors != .none { style.sixelCell = TerminalInput.sixelCell }
      return style
    }
    if let warning = editor.historyWarning { console.message("warning: \(warning)") }
    console.remark(
      "merepl \(ToolVersion.current). Type help for commands, :help for prompt commands.")
    var typed: [String] = []
    while true {
      switch editor.read(prompt: isInsideInput ? "..> " : "me> ", color: color) {
      case .end:
        if isInsideInput {
          typed = []
          _ = flush()
          continue
        }
        return .ok
      case .interrupted:
        typed = []
        abandonInput()
        let signal = Cancellation.error
        if signal.signal == SIGTERM { return ExitStatus(signal) }
        Cancellation.reset()
      case .line(let line):
        typed.append(line)
        let step = feed(line)
        if step != .needsMore {
          editor.remember(typed.joined(separator: "\n"))
          typed = []
        }
        if Cancellation.isRequested, Cancellation.error.signal == SIGTERM {
          return ExitStatus(Cancellation.error)
        }
        Cancellation.reset()
        if step == .quit { return .ok }
      }
    }
  }
}
