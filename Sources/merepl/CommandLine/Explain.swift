import ArgumentParser
import Diagnostics
import JSON
import Reproduction
import ScriptInterpreter

/// `merepl explain`
struct Explain: ConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Explains an error or warning code: what it means, why, and an example.",
    discussion: "Without a code, lists all codes.")

  @ArgumentParser.Argument(help: ArgumentHelp("For example E0312.", valueName: "code"))
  var codes: [String] = []

  @OptionGroup var options: GlobalOptions

  func run(on console: Console) throws -> ExitStatus {
    let chosen = try codes.isEmpty ? DiagnosticCode.allCases : codes.map(code)
    for (index, code) in chosen.enumerated() {
      if console.writesJSON {
        console.write(try json(code))
      } else if codes.isEmpty {
        console.write("\(code.rawValue)  \(code.explanation)")
      } else {
        console.write((index > 0 ? "\n" : "") + code.page)
      }
    }
    return .ok
  }

  private func code(_ text: String) throws -> DiagnosticCode {
    if let code = DiagnosticCode(named: text) { return code }
    let all = DiagnosticCode.allCases.map(\.rawValue)
    throw ValidationError(
      "unknown code \(text); "
        + (Spelling.suggestion(for: text.uppercased(), among: all)
          ?? "`merepl explain` lists all codes"))
  }

  private func json(_ code: DiagnosticCode) throws -> String {
    try JSONValue(members: [
      ("code", .string(code.rawValue)), ("severity", .string(code.severity.rawValue)),
      ("explanation", .string(code.explanation)), ("reason", .string(code.reason)),
      ("wrong", .string(code.example.wrong)), ("right", .string(code.example.right)),
    ]).serialized()
  }
}
