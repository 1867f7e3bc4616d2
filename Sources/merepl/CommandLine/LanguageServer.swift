import ArgumentParser
import Commands
import EditorSupport
import Experiments
import Foundation
import Reproduction
import ScriptInterpreter

/// `merepl lsp`
struct LanguageServerCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "lsp",
    abstract: "Serves editors over the Language Server Protocol on standard input and output.",
    discussion: """
      Diagnostics, hover, completion, formatting, go to definition and document symbols for .me \
      files. Ends with status 0 after `shutdown` and `exit`, with 1 when `exit` or the end of the \
      input comes without `shutdown`.
      """)

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    let quiet = Console(isQuiet: true)
    let host = ScriptHost(workspace: try Workspace(progress: quiet.progress))
    let server = LanguageServer(
      signatures: host.signatures,
      resolve: { text, from in try ScriptFile(from.path).resolve(text, from: from) })
    let output = FileHandle.standardOutput
    while true {
      let data = FileHandle.standardInput.availableData
      if data.isEmpty { return ExitStatus(code: 1) }
      for reply in server.receive(Array(data)) { try output.write(contentsOf: Data(reply)) }
      if let status = server.exitStatus { return ExitStatus(code: status) }
    }
  }
}
