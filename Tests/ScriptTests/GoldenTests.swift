import Diagnostics
import Foundation
import ScriptInterpreter
import ScriptSyntax
import TestSupport
import Testing

extension GoldenScript {
  /// The scripts of the `Golden` folder.
  static let all = all(
    in: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden"))

  /// The usual limits with those that the script sets.
  fileprivate var standardLimits: Limits {
    var limits = Limits.standard
    for (name, value) in self.limits {
      guard let count = Int(value) else { continue }
      switch name {
      case "steps": limits.steps = count
      case "callDepth": limits.callDepth = count
      case "allocatedBytes": limits.allocatedBytes = count
      case "milliseconds": limits.wallTime = .milliseconds(count)
      default: Issue.record("\(self.name): there is no limit \(name)")
      }
    }
    return limits
  }
}

/// What a run gave: output, messages and the exit code.
struct GoldenOutcome: Equatable {
  var output: [String] = []
  var problems: [GoldenScript.Problem] = []
  var exitCode: Int32 = 0
  /// `E0201 3:7-12 unknown name`
  var details: [String] = []

  /// - Parameter text: Run instead of the script's own text.
  init(_ script: GoldenScript, text: String? = nil) {
    let host = FakeHost()
    let interpreter = Interpreter(host: host, limits: script.standardLimits)
    for (name, value) in script.settings { interpreter.setParameter(name, to: value) }
    let program = Program.load(SourceFile(path: script.name, text: text ?? script.text)) {
      path, _ in
      let url = script.folder.appendingPathComponent(path)
      // Foundation's own error lists its details in an order that changes.
      guard let text = try? String(contentsOf: url, encoding: .utf8) else { throw Unreadable() }
      return SourceFile(path: path, text: text)
    }
    do {
      note(try interpreter.run(program))
    } catch let failure as CheckFailure {
      note(failure.diagnostics)
      exitCode = failure.exitCode
    } catch let error as ScriptError {
      note([error.diagnostic])
      exitCode = error.exitCode
    } catch {
      Issue.record("unexpected error: \(error)")
    }
    output = host.lines
  }

  private mutating func note(_ diagnostics: [Diagnostic]) {
    details += diagnostics.map { diagnostic in
      let place = diagnostic.span.map { "\($0.location)-\($0.endLocation.column)" } ?? ""
      return "\(diagnostic.code.rawValue) \(place) \(diagnostic.message)"
    }
    problems += diagnostics.map { .init(code: $0.code.rawValue, line: $0.span?.location.line) }
  }
}

@Suite struct GoldenTests {
  @Test func thereAreEnoughScripts() {
    #expect(GoldenScript.all.count >= 60)
  }

  @Test(arguments: GoldenScript.all)
  func behavesAsItsCommentsSay(_ script: GoldenScript) {
    let outcome = GoldenOutcome(script)
    #expect(outcome.output == script.output)
    let expected = script.problems
    #expect(outcome.problems.map(\.code).sorted() == expected.map(\.code).sorted())
    for problem in expected where problem.line != nil {
      #expect(outcome.problems.contains(problem), "missing \(problem), found \(outcome.problems)")
    }
    for detail in script.details {
      #expect(
        outcome.details.contains { $0.hasPrefix(detail) },
        "missing \(detail), found \(outcome.details)")
    }
    let hasErrors = expected.contains { $0.code.hasPrefix("E") }
    if let exitCode = script.exitCode {
      #expect(outcome.exitCode == exitCode)
    } else {
      #expect((outcome.exitCode != 0) == hasErrors)
    }
  }

  /// Codes that no script here can bring about, with the reason.
  private static let exceptions: [DiagnosticCode: String] = [
    .fileTooLarge: "a script of a megabyte; HostileTests writes it",
    .cancelled: "the user interrupts; SessionTests and PromptTests do",
    .shapeMismatch: "tensors are the host's; a golden script of CommandsTests has it",
  ]
  /// Codes without a place: what is wrong stands on the command line.
  private static let placeless: Set<DiagnosticCode> = [.unknownParameter]

  /// Every error and warning is shown by a script that names its place and its message.
  @Test(arguments: DiagnosticCode.allCases)
  func everyCodeHasAScript(_ code: DiagnosticCode) {
    let scripts = GoldenScript.all.filter { script in
      if Self.placeless.contains(code) {
        return script.problems.contains { $0.code == code.rawValue }
      }
      return script.details.contains { $0.hasPrefix("\(code.rawValue) ") }
    }
    #expect(scripts.isEmpty == (Self.exceptions[code] != nil), "\(scripts)")
  }

  @Test(arguments: GoldenScript.all)
  func runsTwiceTheSame(_ script: GoldenScript) {
    #expect(GoldenOutcome(script) == GoldenOutcome(script))
  }
}

/// An included file that cannot be read.
private struct Unreadable: Error, CustomStringConvertible {
  let description = "it does not exist or cannot be read"
}
