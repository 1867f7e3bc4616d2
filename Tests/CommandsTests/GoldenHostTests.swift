import Commands
import Diagnostics
import Experiments
import Foundation
import ScriptInterpreter
import ScriptSyntax
import TestSupport
import Testing

/// Golden scripts whose commands are the real ones, and the examples of docs/language.md.
struct GoldenHostTests {
  static let scripts =
    GoldenScript.all(
      in: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden"))
    + examples

  private static let examples: [GoldenScript] = {
    let page = CommandReferenceTests.root.appending(path: "docs/language.md")
    let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "```me\n").dropFirst().enumerated().map {
      index, rest in
      let block = rest.components(separatedBy: "```")[0]
        .replacing("# -> ", with: "# expect: ").replacing("# !! ", with: "# expect error: ")
      return GoldenScript(
        name: "example \(index + 1)", text: block.hasPrefix("me 1") ? block : "me 1; " + block,
        folder: page)
    }
  }()

  /// What a run gave: output, and problems as `E0407 3:7-12 message`.
  private struct Outcome: Equatable {
    let output: [String]
    let problems: [String]
  }

  private func run(_ script: GoldenScript, in root: borrowing TemporaryRoot) throws -> Outcome {
    var output: [String] = []
    let host = try root.host { output += $0.split(separator: "\n").map(String.init) }
    var found: [Diagnostic] = []
    do {
      let file = SourceFile(path: script.name, text: script.text)
      found = try Interpreter(host: host).run(Program.load(file))
      host.finish()
    } catch let failure as CheckFailure {
      found = failure.diagnostics
    } catch let error as ScriptError {
      found = [error.diagnostic]
    }
    let problems = found.map { problem in
      let place = problem.span.map { "\($0.location)-\($0.endLocation.column)" } ?? ""
      return "\(problem.code.rawValue) \(place) \(problem.message)"
    }
    return Outcome(output: output, problems: problems)
  }

  @Test func thereAreScriptsAndExamples() {
    #expect(Self.scripts.count >= 20)
    #expect(Self.scripts.count { $0.name.hasPrefix("example") } >= 15)
  }

  @Test(arguments: scripts)
  func behavesAsItsCommentsSay(_ script: GoldenScript) throws {
    let root = try TemporaryRoot()
    let outcome = try run(script, in: root)
    #expect(outcome.output == script.output)
    let problems = outcome.problems
    #expect(problems.map { String($0.prefix(5)) } == script.problems.map(\.code), "\(problems)")
    for detail in script.details {
      #expect(problems.contains { $0.hasPrefix(detail) }, "missing \(detail), found \(problems)")
    }
    // Once more, with what the store has now.
    #expect(try run(script, in: root) == outcome)
  }
}
