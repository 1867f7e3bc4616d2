import Commands
import Diagnostics
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import Testing

/// Every code has a page whose examples are true of the real commands.
@Suite struct ExplanationTests {
  /// What a script meets: the codes of the check, then that of the run.
  private func codes(_ text: String, _ code: DiagnosticCode) throws -> Set<DiagnosticCode> {
    var limits = Limits.standard
    if code == .stepLimit { limits.steps = 20_000 }
    if code == .timeLimit { limits.wallTime = .milliseconds(1) }
    let cancels = code == .cancelled && text.contains("for")
    let root = try TemporaryRoot()
    let interpreter = Interpreter(
      host: try root.host(), limits: limits, cancellation: { cancels })
    if code == .unknownParameter { interpreter.setParameter("steps", to: "5") }
    let file = SourceFile(path: "example.me", text: text)
    let program = Program.load(file) { path, _ in
      guard path == "example.me" else { throw CommandError("it leads out") }
      return file
    }
    do {
      return Set(try interpreter.run(program).map(\.code))
    } catch let failure as CheckFailure {
      return Set(failure.diagnostics.map(\.code))
    } catch let error as ScriptError {
      return [error.diagnostic.code]
    } catch {
      Issue.record(error)
      return []
    }
  }

  @Test(arguments: DiagnosticCode.allCases)
  func theFaultyExampleHasTheFaultAndNoOther(_ code: DiagnosticCode) throws {
    var text = code.example.wrong
    if code == .fileTooLarge { text += String(repeating: "\n# long", count: 200_000) }
    #expect(try codes(text, code) == [code])
    #expect(try codes(code.example.right, code) == [])
  }

  @Test(arguments: DiagnosticCode.allCases)
  func thePageSaysWhatWhyAndHow(_ code: DiagnosticCode) {
    #expect(code.page.hasPrefix("\(code.rawValue) ("))
    #expect(code.reason.count > 40 && code.reason.hasSuffix("."))
    #expect(code.example.wrong != code.example.right)
    #expect(DiagnosticCode(named: code.rawValue.lowercased()) == code)
    for line in code.page.split(separator: "\n") where line.hasPrefix("    ") {
      #expect(line.count <= 90)
    }
  }

  @Test func reasonsDifferBetweenKinds() {
    let fallbacks: Set<DiagnosticCode> = [
      .unexpectedToken, .unknownName, .wrongOperands, .invalidValue, .cancelled,
    ]
    for code in fallbacks {
      let others = DiagnosticCode.allCases.filter { $0 != code && $0.reason == code.reason }
      #expect(others.isEmpty, "\(others) have no reason of their own")
    }
  }
}
