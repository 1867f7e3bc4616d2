import Diagnostics
import ScriptChecker
import ScriptSyntax

extension Interpreter {
  /// The smallest script that makes the value bound to a name in this session; nil when nothing
  /// that was typed binds the name. Its check finds nothing to warn of.
  public func script(for name: String) -> String? { log.script(for: name).map(withoutWarnings) }

  /// Everything that was typed and worked, as a script.
  public var sessionScript: String { withoutWarnings(log.wholeScript) }

  /// The statement of this session that gave a name its value.
  public func definition(of name: String) -> SourceSpan? { log.definition(of: name) }

  /// Says in a script what the prompt does not ask for: the seed that draws went by, and that the
  /// warnings about the rest are known.
  private func withoutWarnings(_ text: String) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func warnings() -> [Diagnostic] {
      let script = Script.parse(lines.joined(separator: "\n"), path: "session")
      return Checker.check(script, signatures: host.signatures).filter { $0.severity == .warning }
    }
    var found = warnings()
    if found.contains(where: { $0.code == .unseededRandomness }) {
      lines.insert("seed 0", at: 1)
      found = warnings()
    }
    var codes: [Int: [DiagnosticCode]] = [:]
    for warning in found {
      guard let line = warning.span?.location.line else { continue }
      if codes[line]?.contains(warning.code) == true { continue }
      codes[line, default: []].append(warning.code)
    }
    for (line, codes) in codes.sorted(by: { $0.key > $1.key }) {
      let indent = lines[line - 1].prefix { $0 == " " }
      let marks = codes.map { "ok(\($0.rawValue))" }.joined(separator: " ")
      lines.insert("\(indent)# \(marks): as typed at the prompt", at: line - 1)
    }
    return lines.joined(separator: "\n")
  }
}
