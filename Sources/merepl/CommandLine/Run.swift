import ArgumentParser
import Commands
import Experiments
import Foundation
import Reproduction
import ScriptInterpreter

/// `merepl run`
struct Run: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a script: prints its tables and claims, draws its figures, writes its lock.",
    discussion: """
      Results of expensive commands are cached in .merepl/: an interrupted run resumes where it \
      stopped, and a second run recomputes nothing. NAME.lock beside the script records the value \
      of every table cell and the results behind it. With --json, standard output has one line \
      per cell, and what the script prints goes to standard error.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Option(
    help: ArgumentHelp(
      "Write figures and the lock to this directory instead of beside the script.",
      valueName: "dir"),
    completion: .directory)
  var out: String?

  @OptionGroup var trust: UntrustedOptions

  @Flag(help: "Exit with status 3 unless every claim is supported.")
  var strict = false

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    let script = arguments.script
    if let status = try trust.supervised(script, out: out, on: console) { return status }
    Cancellation.install()
    let program = try script.load()
    try script.checkLockPlace(out: out)
    var options = Workspace.Options()
    options.outputFolder = out
    options.writesData = !trust.untrusted
    let session = try Session(console: console, options: options)
    session.sayLinks()
    return session.recorded {
      try session.run(script, program, arguments.assignments)
      session.host.finish()
      if console.writesJSON {
        for line in try session.workspace.lock.cellLines() { console.write(line) }
      }
      try session.writeLock(for: script)
      return strict && session.host.hasUnsupportedClaim ? .claimsFailed : .ok
    }
  }
}
