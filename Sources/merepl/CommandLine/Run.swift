import ArgumentParser
import Experiments
import Foundation

/// `merepl run`
struct Run: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a script: prints its tables and claims, draws its figures, writes its lock.",
    discussion: """
      Results of expensive commands are kept under .merepl/ and found again by content: a run \
      that was stopped goes on where it was, and a second run computes nothing. What every cell \
      of every table holds, and from which results, stands in NAME.lock beside the script. With \
      --json every cell is a line on standard output, and what the script prints goes to standard \
      error.
      """)

  @Argument(help: "The script.", completion: .file(extensions: ["me"]))
  var file: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Give a param of the script a value; repeatable.", valueName: "name=value"))
  var assignments: [Assignment] = []

  @Option(
    help: ArgumentHelp(
      "Write figures and the lock into this folder, not beside the script.", valueName: "dir"),
    completion: .directory)
  var out: String?

  @Flag(help: "End with status 3 if a claim does not hold.")
  var strict = false

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
    Cancellation.install()
    let script = ScriptFile(file)
    let program = try script.load()
    let session = try Session(console: console, outputFolder: out)
    let status = session.recorded {
      for assignment in assignments {
        session.interpreter.setParameter(assignment.name, to: assignment.value)
      }
      console.show(try session.interpreter.run(program))
      session.host.finish()
      if console.writesJSON {
        for line in try session.workspace.lock.cellLines() { console.write(line) }
      }
      try session.writeLock(for: script)
      return strict && session.host.hasUnsupportedClaim ? .claimsFailed : .ok
    }
    return status
  }
}
