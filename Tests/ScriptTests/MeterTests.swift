import Diagnostics
import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import Testing

/// Limits and speed where a file, a text or a run grows in a way that no single value shows.
@Suite struct MeterTests {
  private func seconds(_ body: () throws -> Void) rethrows -> Double {
    let started = ContinuousClock.now
    try body()
    return (ContinuousClock.now - started) / .seconds(1)
  }

  @Test func weightCountsNamesOfFields() {
    let long = String(repeating: "k", count: 16_000)
    let record = Value.record(of: [long: .int(1)])
    #expect(record.extent.weight >= 1000)
    #expect(Value.record(of: ["k": .int(1)]).extent.weight == 2)
  }

  @Test func rangesThatAreTooLongAreNoLists() {
    #expect(RangeValue.ints(0, .max).integers == nil)
    #expect(RangeValue.ints(.min, .max).integers == nil)
    #expect(RangeValue.ints(3, 2).integers == [])
    #expect(RangeValue.ints(-1, 1).integers == [-1, 0, 1])
  }

  /// All that is included counts together.
  @Test func includedFilesHaveOneLimit() throws {
    let filler = String(repeating: "# filler\n", count: 100_000)
    let lines = (0..<8).map { "include \"part\($0).me\"" }.joined(separator: "\n")
    let program = Program.load(SourceFile(path: "main.me", text: "me 1\n\(lines)\n")) { path, _ in
      SourceFile(path: path, text: "me 1\n\(filler)")
    }
    let messages = program.diagnostics.map(\.message)
    #expect(messages.contains { $0.contains("exceed 4 MiB or 256 files") })
    #expect(program.included.count == 4)
  }

  @Test func tooManyIncludedFiles() {
    let lines = (0..<300).map { "include \"part\($0).me\"" }.joined(separator: "\n")
    let program = Program.load(SourceFile(path: "main.me", text: "me 1\n\(lines)\n")) { path, _ in
      SourceFile(path: path, text: "me 1\n")
    }
    #expect(program.included.count == 255)
  }

  /// A line of a hundred thousand errors: some are shown, and how many are not is said.
  @Test func manyErrorsOnOneLineTakeLinearTime() {
    let text = "me 1\nprint 1" + String(repeating: "&!", count: 50_000)
    var shown: [Diagnostic] = []
    let time = seconds {
      shown = Checker.check(
        Script.parse(text, path: "a.me"), signatures: FakeHost().signatures)
      _ = DiagnosticRenderer().render(shown)
    }
    #expect(time < 10, "\(time) s")
    #expect(shown.count == [Diagnostic].mostShown)
    #expect(shown.last?.notes.last?.message.hasSuffix("more not shown") == true)
  }

  @Test func theLineAroundAPlaceIsTheSameHoweverLongTheLineIs() {
    func caret(_ padding: Int) -> [Substring] {
      let line =
        String(repeating: "é", count: padding) + "wrong"
        + String(repeating: "ü", count: padding)
      let file = SourceFile(path: "a.me", text: "first\n\(line)\nlast")
      let start = 6 + 2 * padding
      let diagnostic = Diagnostic(
        .unknownName, "here", at: SourceSpan(file: file, start: start, end: start + 5))
      return DiagnosticRenderer().render(diagnostic).split(separator: "\n").suffix(2)
    }
    #expect(caret(100) == caret(100_000))
    #expect(caret(3).last?.hasSuffix("|    ^^^^^") == true)
  }

  @Test(arguments: ["", "a", "aé", "aé😀b", String(repeating: "é😀x", count: 1000)])
  func columnsAreThoseOfTheText(_ text: String) {
    let file = SourceFile(path: "a.me", text: "first 😀\n\(text)\nlast")
    let start = "first 😀\n".utf8.count
    var (scalars, units, bytes) = (0, 0, 0)
    for scalar in text.unicodeScalars.prefix(2000) {
      #expect(file.location(of: start + bytes) == SourceLocation(line: 2, column: scalars + 1))
      #expect(file.units(before: start + bytes) == units)
      scalars += 1
      units += UTF16.width(scalar)
      bytes += UTF8.width(scalar)
    }
    #expect(file.offset(ofLine: 2) == start)
    #expect(file.offset(ofLine: 9) == file.bytes.count)
  }

  /// Two pages are no misspelling of each other.
  @Test func longNamesAreNotCompared() {
    let page = String(repeating: "a", count: 200_000)
    let time = seconds { #expect(Spelling.nearest(to: page, among: [page + "b", "a"]) == nil) }
    #expect(time < 5)
    #expect(Spelling.nearest(to: "modle", among: ["model"]) == "model")
  }
}
