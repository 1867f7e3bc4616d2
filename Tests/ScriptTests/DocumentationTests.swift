import Diagnostics
import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import Testing

/// The lists of `docs/language.md` are true. Its examples need the real commands: GoldenHostTests.
///
/// With RECORD_SNAPSHOTS=1 in the environment the generated lists are rewritten; that run fails.
@Suite struct DocumentationTests {
  static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("docs/language.md")

  static let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""

  @Test func listsAreUpToDate() throws {
    var text = Self.text
    for (name, lines) in [("core commands", Self.commandLines), ("error codes", Self.codeLines)] {
      let start = try #require(text.range(of: "<!-- \(name): "))
      let opening = try #require(text.range(of: "-->\n", range: start.lowerBound..<text.endIndex))
      let end = try #require(text.range(of: "<!-- end of \(name) -->"))
      text.replaceSubrange(
        opening.upperBound..<end.lowerBound, with: lines.joined(separator: "\n") + "\n")
    }
    #expect(text == Self.text, "docs/language.md is out of date; run with RECORD_SNAPSHOTS=1")
    if ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1" {
      try text.write(to: Self.page, atomically: true, encoding: .utf8)
    }
  }

  private static var commandLines: [String] {
    CoreSignatures.all.map { "- `\($0.declaration)`  \n  \($0.summary) `\($0.example)`" }
  }

  private static var codeLines: [String] {
    ["| | |", "|---|---|"]
      + DiagnosticCode.allCases.filter { $0.severity == .error }.map {
        "| \($0.rawValue) | \($0.explanation.replacingOccurrences(of: "|", with: "\\|")) |"
      }
  }

  /// Every core command's example runs.
  @Test(arguments: CoreSignatures.all.map(\.example))
  func commandExampleRuns(_ example: String) throws {
    try Interpreter(host: FakeHost()).evaluate(example)
  }
}
