import ArgumentParser
import Diagnostics
import Experiments
import Files
import Foundation
import ScriptInterpreter
import ScriptSyntax

/// `merepl fmt`
struct Fmt: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lays scripts out in the one canonical way; comments stay, meaning never changes.",
    discussion: """
      Rewrites the files that are laid out otherwise. With --check it names them and writes \
      nothing; the exit status is then 1. A script with a syntax error is not touched: status 2.
      """)

  @ArgumentParser.Argument(help: "The scripts.", completion: .file(extensions: ["me"]))
  var files: [String] = []

  @Flag(help: "Name the files that would change, and change none.")
  var check = false

  @Flag(help: "Format standard input to standard output, as the file - does.")
  var stdin = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard stdin != !files.isEmpty else {
      throw ValidationError("name the scripts to format, or give --stdin")
    }
    guard files.count < 2 || !files.contains("-") else {
      throw ValidationError("- is standard input and stands alone")
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
