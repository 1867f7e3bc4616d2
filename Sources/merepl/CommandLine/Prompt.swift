import ArgumentParser
import Commands
import Experiments
import Foundation
import Reproduction

/// `merepl` without a subcommand: the prompt, or the script on standard input.
struct Prompt: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "repl", abstract: "Starts the prompt, or reads commands from standard input.",
    discussion: """
      If standard input is not a terminal, there is no prompt. Input that begins with `me 1` is \
      checked and run as a script; other input is run as if it were typed, up to the first error.
      """)

  @Option(
    name: [.customShort("c"), .customLong("command")],
    help: ArgumentHelp("Run this text instead of reading commands.", valueName: "text"))
  var text: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set a param of the script; repeatable.", valueName: "name=value"))
  var assignments: [Assignment] = []

  @Flag(help: "Do not read or write the history file.")
  var noHistory = false

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    var place = Workspace.Options()
    place.isScript = false
    let repl = Repl(
      session: try Session(console: console, options: place, isRecorded: false))
    for assignment in assignments {
      repl.interpreter.setParameter(assignment.name, to: assignment.value)
    }
    if let text { return try repl.run(text, path: "command") }
    guard isatty(STDIN_FILENO) == 1 else {
      let input = try FileHandle.standardInput.readToEnd() ?? Data()
      return try repl.run(String(decoding: input, as: UTF8.self), path: "standard input")
    }
    let history = noHistory ? nil : HistoryFile()
    return repl.runInteractively(history: history, color: options.color)
  }
}
