import ArgumentParser
import Commands
import Diagnostics
import ScriptChecker
import ScriptSyntax

/// `merepl check`
struct Check: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reports every error of a script that can be found without running it.",
    discussion: """
      Errors and warnings go to standard error, or with --json to standard output, one object a \
      line. Exit status 2 if there is an error.
      """)

  @ArgumentParser.Argument(help: "The script.", completion: .file(extensions: ["me"]))
  var file: String

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    let program = try ScriptFile(file).load()
    let host = ScriptHost(workspace: try Workspace(progress: console.progress))
    let diagnostics = Checker.check(program, signatures: host.signatures)
    if console.writesJSON {
      for diagnostic in diagnostics { console.write(diagnostic.json) }
    } else {
      console.show(diagnostics)
    }
    if diagnostics.containsErrors { return .checkFailed }
    console.remark("\(file): no errors")
    return .ok
  }
}
