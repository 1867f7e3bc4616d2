import ArgumentParser
import Commands
import Experiments
import JSON
import ScriptInterpreter

/// `merepl why`
struct Why: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says in words what changed, so that results have to be computed anew.",
    discussion: """
      Compares the keys of the script with those of its earlier runs. NAME is a name that the \
      script binds, a command, the label of a table row, or a part of a result's label.
      """)

  @OptionGroup var arguments: ScriptArguments

  @ArgumentParser.Argument(help: "Only the results of this name, command, row or label.")
  var name: String?

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
    Cancellation.install()
    let pass = try ScriptPass(arguments.script, arguments.assignments, console: console)
    let plan = try ScriptPlan(pass)
    let items = try name.map { try select($0, plan) } ?? plan.pending
    if console.writesJSON {
      for item in items { console.write(try item.json.serialized()) }
      return .ok
    }
    let pending = items.filter { !$0.isCached }
    for cause in ordered(pending.map(\.reason.text)) {
      console.write(cause)
      for item in pending where item.reason.text == cause { console.write("  -> \(item.title)") }
    }
    for item in items where item.isCached { console.write("cached: \(item.title)") }
    if items.isEmpty { console.write("nothing would run: every result is in the store") }
    return .ok
  }

  private func select(_ name: String, _ plan: ScriptPlan) throws -> [ScriptPlan.Item] {
    if let value = plan.pass.session.interpreter.value(of: name) {
      var wanted: Set<ContentHash> = []
      var waiting = value.resultSteps
      while let step = waiting.popLast() {
        if wanted.insert(step.key.hash).inserted { waiting += step.inputs }
      }
      return plan.items.filter { wanted.contains($0.step.key.hash) }
    }
    let found = plan.items.filter {
      $0.step.key.command == name || $0.place == name || $0.step.label.contains(name)
    }
    guard !found.isEmpty else {
      throw CommandError(
        "no result of \(arguments.file) is called \"\(name)\"",
        suggestion: "merepl plan \(arguments.file) lists them all")
    }
    return found
  }

  /// Each text once, in order.
  private func ordered(_ texts: [String]) -> [String] {
    texts.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}
