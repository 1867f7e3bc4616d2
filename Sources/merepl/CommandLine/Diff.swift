import ArgumentParser
import Experiments
import Reproduction

/// `merepl diff`
struct Diff: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares two runs: which cells changed, by how much, and at which step.",
    discussion: """
      A and B are runs (an id prefix from merepl runs, or `last`), lock files, or scripts that \
      have a lock. Exit status 3 if any cell changed.
      """)

  @ArgumentParser.Argument(help: "The earlier run.")
  var a: String

  @ArgumentParser.Argument(help: "The later run.")
  var b: String

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    let comparison = RunComparison(try .init(a), try .init(b))
    let moved = comparison.moved
    if console.writesJSON {
      for line in try comparison.jsonLines() { console.write(line) }
      return moved.isEmpty ? .ok : .mismatch
    }
    for cause in try comparison.causes() { console.write("inputs: \(cause)") }
    if let step = comparison.divergence {
      console.write("first step with the same inputs but a different result: \(step.name)")
    }
    for cell in moved { console.write(RunComparison.line(cell)) }
    console.write("\(moved.count) of \(comparison.comparison.cells.count) cells changed")
    return moved.isEmpty ? .ok : .mismatch
  }
}
