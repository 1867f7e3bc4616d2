import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import Testing

/// Work grows with the length of a script and no faster. With MEREPL_MEASURE=1 the times go into
/// the table of docs/language.md.
@Suite(.serialized) struct LanguageSpeedTests {
  /// A script of so many lines, of every common kind.
  static func script(lines: Int) -> String {
    var text = ["me 1", "seed 7"]
    var block = 0
    while text.count < lines {
      block += 1
      text += [
        "# block \(block)",
        "let base_\(block) = \(block) * 2 + 1",
        "fn scaled_\(block)(x, by: float = 0.5) {",
        "  let y = x * by",
        "  if y > 10.0 { y - 10.0 } else { y }",
        "}",
        "let list_\(block) = map([1, 2, base_\(block)], fn(x) { scaled_\(block)(x) })",
        "let name_\(block) = \"{block_name(\(block))}: {len(list_\(block))}\"",
        "for k in 1..2 { let _z = list_\(block)[k] + k }",
        "print round(mean(list_\(block)), digits: 2)",
        "print {name: name_\(block), at: [base_\(block), \(block)]}",
      ]
    }
    let head = ["fn block_name(k) { \"b{k}\" }"]
    return (text.prefix(2) + head + text.dropFirst(2)).joined(separator: "\n") + "\n"
  }

  private static func check(_ text: String) -> Bool {
    let script = Script.parse(text, path: "long.me")
    return Checker.check(script, signatures: registry).isEmpty
  }

  private static let registry = FakeHost().signatures

  private static func median(_ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<9 {
      let start = ContinuousClock.now
      try body()
      times.append((ContinuousClock.now - start) / .milliseconds(1))
    }
    return times.sorted()[4]
  }

  /// Steps count the same on every machine.
  @Test func stepsAreLinear() throws {
    func steps(_ lines: Int) throws -> Int {
      let interpreter = Interpreter(host: FakeHost())
      #expect(try interpreter.run(Script.parse(Self.script(lines: lines), path: "l.me")).isEmpty)
      return interpreter.steps
    }
    let (small, large) = (try steps(1000), try steps(10_000))
    #expect(large < small * 11 && large > small * 9)
  }

  /// A generous bound that still tells linear from quadratic: ten times the lines would then take
  /// a hundred times as long.
  @Test func checkingIsLinear() {
    let small = Self.script(lines: 1000)
    let large = Self.script(lines: 10_000)
    let first = Self.median { #expect(Self.check(small)) }
    let second = Self.median { #expect(Self.check(large)) }
    #expect(second < first * 40, "\(first) ms and \(second) ms")
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["MEREPL_MEASURE"] == "1"))
  func measure() throws {
    var rows: [String] = []
    for lines in [1000, 2500, 5000, 10_000, 20_000] {
      let text = Self.script(lines: lines)
      let count = text.utf8.count { $0 == 0x0A }
      let checked = Self.median { #expect(Self.check(text)) }
      let ran = try Self.median {
        try Interpreter(host: FakeHost()).run(Script.parse(text, path: "long.me"))
      }
      let rate = Int((Double(count) / checked * 1000 / 1000).rounded()) * 1000
      rows.append(
        "| \(count) | \(String(format: "%.1f", checked)) | \(rate) | "
          + "\(String(format: "%.1f", ran)) |")
    }
    print(rows.joined(separator: "\n"))
    let page = DocumentationTests.page
    var text = try String(contentsOf: page, encoding: .utf8)
    let start = try #require(text.range(of: "|---|---|---|---|\n"))
    let end = try #require(text.range(of: "<!-- end of speed -->"))
    text.replaceSubrange(
      start.upperBound..<end.lowerBound, with: rows.joined(separator: "\n") + "\n")
    try text.write(to: page, atomically: true, encoding: .utf8)
  }
}
