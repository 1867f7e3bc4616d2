import ArgumentParser
import Commands
import Experiments
import Reproduction

/// `merepl why`
struct Why: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explains why results must be recomputed: what changed since earlier runs.",
    discussion: """
      Compares the script's cache keys with those of its earlier runs. NAME is a name bound in \
      the script, a command, the label of a table row, or a part of a result's label.
      """)

  @OptionGroup var arguments: ScriptArguments

  @ArgumentParser.Argument(help: "Show only results of this name, command, row or label.")
  var name: String?

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    let pass = try ScriptPass(arguments.script, arguments.assignments, console: console)
    let plan = try ScriptPlan(pass)
    var items = plan.pending
    if let name {
      if let value = pass.session.interpreter.value(of: name) {
        items = plan.items(behind: value)
      } else {
        items = try plan.items(called: name, listing: "merepl plan \(arguments.file)")
      }
    }
    plan.explain(items, on: console)
    return .ok
  }
}
