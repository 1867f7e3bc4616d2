import ArgumentParser
import Commands
import Experiments
import Reproduction

/// `merepl plan`
struct Plan: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows what a run would compute, what is cached, why, and how long it would take.",
    discussion: """
      Nothing is computed, drawn or written. Times come from records of earlier runs: of the same \
      result, otherwise of the most similar one, scaled by steps and clips. An estimate from less \
      than a quarter or more than four times the work is marked as very rough. Results that \
      depend on a number not computed yet cannot be predicted. With --exit-code, the exit status \
      is 10 if there is work to do.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Flag(help: "Exit with status 10 if something would run.")
  var exitCode = false

  @OptionGroup var trust: UntrustedOptions

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    if let status = try trust.supervised(arguments.script, on: console) { return status }
    Cancellation.install()
    let pass = try ScriptPass(arguments.script, arguments.assignments, console: console)
    let plan = try ScriptPlan(pass)
    plan.show(on: console)
    return exitCode && !plan.pending.isEmpty ? .workPending : .ok
  }
}
