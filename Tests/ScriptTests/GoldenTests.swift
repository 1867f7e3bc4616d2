import Diagnostics
import Foundation
import ScriptInterpreter
import ScriptSyntax
import Testing

/// One script of the `Golden` folder with what its comments expect.
///
/// `# expect: text` a line of output, in order; `# expect error: E0201` an error on this line, or
/// anywhere when the comment stands alone; `# expect error: E0201 7-12 unknown name` the same in
/// these columns (the second is the first one after it), with a message that begins so; `# expect warning: W0602` likewise; `# set name=value`
/// sets a parameter; `# limit steps=100` a limit; `# exit: 4` the exit code.
struct GoldenScript: CustomTestStringConvertible {
  let name: String
  let text: String
  let folder: URL

  var testDescription: String { name }

  struct Expected: Equatable {
    let code: String
    let line: Int?
  }

  var output: [String] { comments("# expect: ").map(\.text) }
  var problems: [Expected] {
    (comments("# expect error: ") + comments("# expect warning: ")).map {
      Expected(code: String($0.text.prefix { $0 != " " }), line: $0.line)
    }
  }
  /// `E0201 3:7-12 unknown name`, of those that say so much.
  var details: [String] {
    (comments("# expect error: ") + comments("# expect warning: ")).compactMap { comment in
      let parts = comment.text.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let line = comment.line else { return nil }
      return "\(parts[0]) \(line):\(parts[1])"
    }
  }
  var exitCode: Int32? { comments("# exit: ").first.flatMap { Int32($0.text) } }
  var settings: [(String, String)] { pairs("# set ") }

  var limits: Limits {
    var limits = Limits.standard
    for (name, value) in pairs("# limit ") {
      guard let count = Int(value) else { continue }
      switch name {
      case "steps": limits.steps = count
      case "callDepth": limits.callDepth = count
      case "allocatedBytes": limits.allocatedBytes = count
      default: Issue.record("\(self.name): there is no limit \(name)")
      }
    }
    return limits
  }

  private func pairs(_ mark: String) -> [(String, String)] {
    comments(mark).compactMap { comment in
      let parts = comment.text.split(separator: "=", maxSplits: 1).map(String.init)
      return parts.count == 2 ? (parts[0], parts[1]) : nil
    }
  }

  /// The comments with a mark; the line is nil for a comment that stands alone.
  private func comments(_ mark: String) -> [(text: String, line: Int?)] {
    text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
      index, line in
      guard let range = line.range(of: mark) else { return nil }
      let isAlone = line[..<range.lowerBound].allSatisfy { $0 == " " }
      return (String(line[range.upperBound...]), isAlone ? nil : index + 1)
    }
  }

  static let all: [GoldenScript] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Golden")
    let walker = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let files = (walker?.allObjects ?? []).compactMap { $0 as? URL }
    return files.filter { $0.pathExtension == "me" && !$0.path.contains("/included/") }
      .sorted { $0.path < $1.path }
      .map { url in
        GoldenScript(
          name: String(url.path.dropFirst(folder.path.count + 1)),
          text: (try? String(contentsOf: url, encoding: .utf8)) ?? "", folder: folder)
      }
  }()
}

/// What a run gave: output, messages and the exit code.
struct GoldenOutcome: Equatable {
  var output: [String] = []
  var problems: [GoldenScript.Expected] = []
  var exitCode: Int32 = 0
  /// `E0201 3:7-12 unknown name`
  var details: [String] = []

  /// - Parameter text: Run instead of the script's own text.
  init(_ script: GoldenScript, text: String? = nil) {
    let host = FakeHost()
    let interpreter = Interpreter(host: host, limits: script.limits)
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

  @Test(arguments: GoldenScript.all)
  func runsTwiceTheSame(_ script: GoldenScript) {
    #expect(GoldenOutcome(script) == GoldenOutcome(script))
  }
}

/// An included file that cannot be read.
private struct Unreadable: Error, CustomStringConvertible {
  let description = "it does not exist or cannot be read"
}
