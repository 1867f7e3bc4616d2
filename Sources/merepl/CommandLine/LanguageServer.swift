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
    abstract: "Runs a language server (LSP) on standard input and output, for editors.",
    discussion: """
      Provides diagnostics, hover, completion, formatting, go to definition and document symbols \
      for .me files. Exit status 0 after `shutdown` and `exit`; 1 on `exit` or end of input \
      without `shutdown`.
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
      for reply in server.receive(Array(data)) { try output.write(contentsOf: Data(reply)) }
      if data.isEmpty || !Self.hasInput {
        for reply in server.diagnose() { try output.write(contentsOf: Data(reply)) }
      }
      if data.isEmpty { return ExitStatus(code: 1) }
      if let status = server.exitStatus { return ExitStatus(code: status) }
    }
  }

  /// Whether more input waits to be read.
  private static var hasInput: Bool {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    return poll(&input, 1, 0) > 0
  }
}
