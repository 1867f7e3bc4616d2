import ArgumentParser
import Canonical
import Commands
import Diagnostics
import Experiments
import Files
import Foundation
import JSON
import ModelTools
import Reproduction
import ScriptInterpreter

/// `merepl report`
struct Report: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes a self-contained HTML page: prose, tables, figures, claims, provenance.",
    discussion: """
      The page is built from cached results; run the script first. It contains no JavaScript and \
      loads no other files.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The HTML file to write.", valueName: "r.html"),
    completion: .file(extensions: ["html"]))
  var output: String

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    Cancellation.install()
    try OutputPlace.check(output)
    let folder = try Folders.makeTemporary(prefix: "merepl-report-")
    defer { Folders.remove(folder) }
    let pass = try ScriptPass(
      arguments.script, arguments.assignments, console: console, figuresInto: folder)
    guard pass.outcome.pending.isEmpty else {
      throw CommandError(
        "\(pass.outcome.pending.count) results of \(arguments.file) are not computed yet",
        suggestion: "run it first: merepl run \(arguments.file)")
    }
    try pass.requireCurrentLock()
    let page = try ReportPage(pass).html
    try OutputPlace.write(Data(page.utf8), to: output)
    let bytes = page.utf8.count
    let hash = ContentHash(of: Array(page.utf8)).hex
    try console.write(
      ["file": .string(output), "bytes": .int(bytes), "sha256": .string(hash)],
      or: ["\(output): \(ByteText.short(bytes))"])
    return .ok
  }
}
