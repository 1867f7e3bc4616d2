import ArgumentParser
import Commands
import Experiments
import Files
import Foundation
import Reproduction

/// `merepl status`
struct Status: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists every experiment: locked or stale, verified, verdicts on its claims.",
    discussion: """
      Checks each script in experiments/ without computing anything. Also updates the table in \
      REPRODUCE.md, if the page has the markers for it.
      """)

  @Flag(help: "Do not update REPRODUCE.md.")
  var noWrite = false

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    let root = try Workspace.locate()
    // Paths are shown relative to the root, wherever the command runs.
    guard FileManager.default.changeCurrentDirectoryPath(root) else {
      throw FileFault.system("enter", root, errno)
    }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "experiments")) ?? []
    let history = RunHistory(folder: ".merepl/runs")
    let all = names.filter { $0.hasSuffix(".me") }.sorted().map {
      ExperimentStatus("experiments/\($0)", console: console, history: history)
    }
    for status in all {
      console.write(console.writesJSON ? try status.json.serialized() : line(status))
    }
    if all.isEmpty { console.remark("no scripts in \(root)/experiments") }
    if !noWrite { try writePage(all, on: console) }
    return .ok
  }

  private func line(_ status: ExperimentStatus) -> String {
    let name = status.path.padding(toLength: 30, withPad: " ", startingAt: 0)
    let time = status.seconds.map { ", \(ProgressStep.duration($0))" } ?? ""
    let verified = status.verified.map { ", verified: \($0)" } ?? ""
    return "\(name) \(status.state.rawValue), \(status.results) results, \(status.cells) cells"
      + "\(verified)\(time), claims: \(status.claimText)"
  }

  private func writePage(_ all: [ExperimentStatus], on console: Console) throws {
    guard let old = try? String(contentsOfFile: "REPRODUCE.md", encoding: .utf8),
      let new = StatusTable(experiments: all).page(old), new != old
    else { return }
    try WholeFile.write(text: new, to: "REPRODUCE.md", .replacesInput)
    console.remark("REPRODUCE.md: table updated")
  }
}
