import ArgumentParser
import Commands
import Diagnostics
import EditorSupport
import Reproduction
import ScriptChecker
import ScriptSyntax

/// `merepl check`
struct Check: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Checks scripts for errors without running them.",
    discussion: """
      Errors and warnings go to standard error, or with --json to standard output, one object per \
      line. Exit status 2 if there is an error. The file `-` is standard input.
      """)

  @ArgumentParser.Argument(help: "The scripts.", completion: .file(extensions: ["me"]))
  var files: [String]

  @OptionGroup var trust: UntrustedOptions

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    if trust.untrusted {
      guard files.count == 1 else {
        throw ValidationError("--untrusted takes exactly one script")
      }
      Workspace.begin(script: files[0])
      if let status = try trust.supervised(ScriptFile(files[0]), on: console) { return status }
    }
    let host = ScriptHost(workspace: try Workspace(progress: console.progress))
    var hasErrors = false
    for file in files {
      let program = try ScriptFile(file).load()
      let diagnostics = Checker.check(program, signatures: host.signatures)
      if console.writesJSON {
        for diagnostic in diagnostics { console.write(diagnostic.json) }
      } else {
        console.show(diagnostics)
      }
      if diagnostics.containsErrors {
        hasErrors = true
      } else {
        console.remark("\(file): no errors")
      }
    }
    return hasErrors ? .checkFailed : .ok
  }
}
