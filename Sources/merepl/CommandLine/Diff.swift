import ArgumentParser
import Experiments
import Reproduction

/// `merepl diff`
struct Diff: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says which cells moved between two runs, by how much, and from which step on.",
    discussion: """
      A and B are runs (the beginning of an id that merepl runs lists, or `last`), lock files, or \
      scripts that have a lock. Status 3 if some cell moved.
      """)

  @ArgumentParser.Argument(help: "The earlier one.")
  var a: String

  @ArgumentParser.Argument(help: "The later one.")
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
      console.write("first step with the same inputs and other bits: \(step.name)")
    }
    for cell in moved { console.write(RunComparison.line(cell)) }
    console.write("\(moved.count) of \(comparison.comparison.cells.count) cells moved")
    return moved.isEmpty ? .ok : .mismatch
  }
}
