import Commands
import Diagnostics
import Experiments
import Foundation
import ScriptInterpreter
import ScriptSyntax
import TestSupport
import Testing

/// Golden scripts whose commands are the real ones, and the examples of docs/language.md that need
/// them (blocks marked `me tensors`).
struct GoldenHostTests {
  static let scripts =
    GoldenScript.all(
      in: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden"))
    + examples

  private static let examples: [GoldenScript] = {
    let page = CommandReferenceTests.root.appending(path: "docs/language.md")
    let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "```me tensors\n").dropFirst().enumerated().map {
      index, rest in
      let block = rest.components(separatedBy: "```")[0]
        .replacing("# -> ", with: "# expect: ").replacing("# !! ", with: "# expect error: ")
      return GoldenScript(
        name: "example \(index + 1) of tensors", text: "me 1; " + block, folder: page)
    }
  }()

  /// What a run gave: output, and problems as `E0407 3:7-12 message`.
  private struct Outcome: Equatable {
    let output: [String]
    let problems: [String]
  }

  private func run(_ script: GoldenScript, in folder: String) throws -> Outcome {
    var output: [String] = []
    let host = ScriptHost(
      workspace: try Workspace(
        root: folder, progress: ProgressDisplay(mode: .automatic(quiet: true, color: .never)))
    ) { output += $0.split(separator: "\n").map(String.init) }
    var found: [Diagnostic] = []
    do {
      let file = SourceFile(path: script.name, text: script.text)
      found = try Interpreter(host: host).run(Program.load(file))
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
    #expect(Self.scripts.contains { $0.name.hasPrefix("example") })
  }

  @Test(arguments: scripts)
  func behavesAsItsCommentsSay(_ script: GoldenScript) throws {
    let folder = NSTemporaryDirectory() + "merepl-golden-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/data",
      withDestinationPath: CommandReferenceTests.root.appending(path: "data").path)
    let outcome = try run(script, in: folder)
    #expect(outcome.output == script.output)
    let problems = outcome.problems
    #expect(problems.map { String($0.prefix(5)) } == script.problems.map(\.code), "\(problems)")
    for detail in script.details {
      #expect(problems.contains { $0.hasPrefix(detail) }, "missing \(detail), found \(problems)")
    }
    // Once more, with what the store has now.
    #expect(try run(script, in: folder) == outcome)
  }
}
