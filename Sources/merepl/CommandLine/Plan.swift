import ArgumentParser
import Commands
import Experiments
import Reproduction

/// `merepl plan`
struct Plan: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says what a run would compute, what is there already, why, and how long it takes.",
    discussion: """
      Nothing is computed, drawn or written. Times come from the records of earlier runs: those of \
      the same result, else of the most similar one of near the same work, in proportion to steps \
      and clips. Where its work was less than a quarter or more than four times as much, the time \
      is called rough. Results that depend on a number that is not \
      there yet cannot be foreseen. With --exit-code the status is 10 if there is work to do.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Flag(help: "End with status 10 if something would run.")
  var exitCode = false

  @OptionGroup var trust: UntrustedOptions

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    if let status = try trust.supervised(arguments.script, on: console) { return status }
    try PortableMode.enter()
    Cancellation.install()
    let pass = try ScriptPass(arguments.script, arguments.assignments, console: console)
    let plan = try ScriptPlan(pass)
    plan.show(on: console)
    return exitCode && !plan.pending.isEmpty ? .workPending : .ok
  }
}
