import ArgumentParser
import Commands
import Experiments
import JSON
import Reproduction

/// `merepl runs`
struct Runs: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists the records of earlier runs, newest last.",
    discussion: """
      A record in .merepl/runs holds the commit and uncommitted changes, the processor, library \
      versions, parameters, every result with its key, hash, time and memory, training losses, \
      warnings, and the lock that the run wrote. merepl diff compares two runs.
      """)

  @Option(name: .shortAndLong, help: "Number of records to list; 0 for all.")
  var number = 20

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if number < 0 { throw ValidationError("--number: expected at least 0, got \(number)") }
  }

  func run(on console: Console) throws -> ExitStatus {
    let root = try Workspace.locate()
    let history = RunHistory(folder: "\(root)/.merepl/runs", most: number == 0 ? nil : number)
    for run in history.runs {
      let computed = run.steps.filter { $0.outcome == "run" }.count
      let cached = run.steps.filter { $0.outcome == "cached" }.count
      if console.writesJSON {
        let json = JSONValue(members: [
          ("id", .string(run.id)), ("begun", .string(run.begun)), ("seconds", .double(run.seconds)),
          ("exit_code", .int(run.exitCode)), ("script", run.script.map { .string($0) } ?? .null),
          ("computed", .int(computed)), ("cached", .int(cached)),
          ("commit", run.commit.map { .string($0) } ?? .null), ("dirty", .bool(run.isDirty)),
        ])
        console.write(try json.serialized())
        continue
      }
      let commit = run.commit.map { " \($0.prefix(8))\(run.isDirty ? "+" : "")" } ?? ""
      let what = run.arguments.dropFirst().map(ShellText.quoted).joined(separator: " ")
      console.write(
        "\(run.id)  \(ProgressStep.duration(run.seconds)), status \(run.exitCode), "
          + "\(computed) computed, \(cached) cached\(commit)  \(what)")
    }
    if history.runs.isEmpty { console.remark("no run records in \(root)/.merepl/runs") }
    return .ok
  }
}
