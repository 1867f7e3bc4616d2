import ArgumentParser
import Canonical
import Commands
import Experiments
import Files
import Foundation
import JSON
import ScriptInterpreter

/// `merepl report`
struct Report: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Writes one self-contained page: prose, tables, figures, claims, provenance.",
    discussion: """
      The page is made from the results in the store; run the script first. It holds no scripts \
      and loads nothing.
      """)

  @OptionGroup var arguments: ScriptArguments

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The page to write.", valueName: "r.html"),
    completion: .file(extensions: ["html"]))
  var output: String

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    try PortableMode.enter()
    Cancellation.install()
    try OutputPlace.check(output)
    let folder = try Folders.makeTemporary(prefix: "merepl-report-")
    defer { Folders.remove(folder) }
    let pass = try ScriptPass(
      arguments.script, arguments.assignments, console: console, figuresInto: folder)
    guard pass.outcome.pending.isEmpty else {
      throw CommandError(
        "\(pass.outcome.pending.count) results of \(arguments.file) are not there yet",
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
