import ArgumentParser
import Diagnostics
import Experiments
import Files
import Foundation
import Reproduction
import ScriptInterpreter
import ScriptSyntax

/// `merepl fmt`
struct Fmt: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Formats scripts in the canonical style; keeps comments and meaning.",
    discussion: """
      Rewrites files that are not formatted. With --check, lists them, writes nothing, and exits \
      with status 1. Leaves scripts with syntax errors unchanged (status 2).
      """)

  @ArgumentParser.Argument(help: "The scripts.", completion: .file(extensions: ["me"]))
  var files: [String] = []

  @Flag(help: "List the files that would change; write nothing.")
  var check = false

  @Flag(help: "Format standard input to standard output (same as the file -).")
  var stdin = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard stdin != !files.isEmpty else {
      throw ValidationError("give either scripts to format or --stdin")
    }
    guard files.count < 2 || !files.contains("-") else {
      throw ValidationError("- (standard input) cannot be combined with other files")
    }
  }

  func run(on console: Console) throws -> ExitStatus {
    if stdin || files == ["-"] { return try format(try ScriptFile("-").readSource(), on: console) }
    var status = ExitStatus.ok
    // All files are read before one is written, so that an error leaves nothing half done.
    var changes: [(path: String, text: String)] = []
    for path in files {
      do {
        let source = try ScriptFile(path).readSource()
        let text = try ScriptSyntax.Formatter.format(source)
        if text.utf8.elementsEqual(source.bytes) { continue }
        changes.append((path, text))
      } catch {
        status = console.report(error)
      }
    }
    guard status == .ok else { return status }
    for (path, text) in changes {
      if check {
        console.write(path)
      } else {
        try WholeFile.write(text: text, to: path, .replacesInput)
        console.remark("formatted \(path)")
      }
    }
    return check && !changes.isEmpty ? ExitStatus(code: 1) : .ok
  }

  private func format(_ source: SourceFile, on console: Console) throws -> ExitStatus {
    let text = try ScriptSyntax.Formatter.format(source)
    if check { return text.utf8.elementsEqual(source.bytes) ? .ok : ExitStatus(code: 1) }
    print(text, terminator: "")
    return .ok
  }
}
