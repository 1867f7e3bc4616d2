import Diagnostics
import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import TestSupport
import Testing

/// Scripts that mean harm: bombs, paths that lead out, bytes that are no text, escapes for the
/// terminal. `# outcome: E0503 4` says with which error and exit status each one ends.
@Suite struct HostileTests {
  struct Script: CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    var testDescription: String { name }

    /// The code and the status that the script states.
    var outcome: [Substring] {
      let text = String(decoding: bytes.prefix(400), as: UTF8.self)
      guard let mark = text.range(of: "# outcome: ") else { return [] }
      return text[mark.upperBound...].prefix { $0 != "\n" }.split(separator: " ")
    }
  }

  static let all: [Script] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("Hostile")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let scripts = names.sorted().compactMap { name in
      (try? Data(contentsOf: folder.appendingPathComponent(name))).map {
        Script(name: name, bytes: Array($0))
      }
    }
    let grown = GrownScripts.all.map { Script(name: $0.name, bytes: Array($0.text.utf8)) }
    return scripts + grown + [tooLong]
  }()

  /// More than a script may have.
  private static let tooLong: Script = {
    let line = "# filler line\n"
    let head = "me 1\n# outcome: E0108 2\n"
    let text = head + String(repeating: line, count: (1 << 20) / line.utf8.count)
    return Script(name: "too-long", bytes: Array(text.utf8))
  }()

  @Test func thereAreMany() { #expect(Self.all.count >= 50) }

  @Test(arguments: all)
  func endsWithItsError(_ script: Script) throws {
    let outcome = script.outcome
    try #require(outcome.count == 2, "\(script.name) states no outcome")
    // A small stack: nesting must never reach its end.
    let found = OnThread.run(stackBytes: 8 << 20) {
      () -> (codes: [String], status: Int32, text: String) in
      defer {
        let seconds = processorTime()
        #expect(seconds < 30, "\(script.name) took \(seconds) s")
      }
      let program = Program.load(SourceFile(path: script.name, bytes: script.bytes))
      do {
        try Interpreter(host: FakeHost()).run(program)
        return ([], 0, "")
      } catch let failure as CheckFailure {
        return (failure.diagnostics.map(\.code.rawValue), failure.exitCode, "\(failure)")
      } catch let error as ScriptError {
        return ([error.diagnostic.code.rawValue], error.exitCode, "\(error)")
      } catch {
        return (["\(error)"], -1, "")
      }
    }
    let result = try #require(found)
    #expect(result.codes.contains(String(outcome[0])), "\(result.codes.prefix(5))")
    #expect(String(result.status) == outcome[1])
    let harmful = result.text.unicodeScalars.contains {
      ($0.value < 0x20 && $0 != "\n") || (0x7F..<0xA0).contains($0.value) || $0 == "\u{202E}"
    }
    #expect(!harmful)
  }
}
