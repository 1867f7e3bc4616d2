import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import TestSupport
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

  /// Milliseconds.
  private static func median(of count: Int = 9, _ body: () throws -> Void) rethrows -> Double {
    var times: [Double] = []
    for _ in 0..<count {
      let start = processorTime()
      try body()
      times.append((processorTime() - start) * 1e3)
    }
    return times.sorted()[count / 2]
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

  /// Scripts of one kind of line each, right ones and wrong ones.
  static let shapes: [String: @Sendable (Int) -> String] = [
    "all kinds": { script(lines: $0) },
    "claims": { lines($0) { "claim \"c\($0)\" mean([1.0, 2.5]) == \($0).5" } },
    "unknown names": { lines($0) { "let _x\($0) = y\($0)" } },
    "names of later functions": { lines($0) { "fn f\($0)(x) { f\($0 + 1)(x) }" } },
    "unused names": { lines($0) { "let x\($0) = \($0)" } },
    "accepted warnings": { lines($0) { "let x\($0) = 1  # ok(W0601): kept" } },
    "syntax errors": { lines($0) { "let x\($0) = ) 1" } },
    "brackets left open": { lines($0) { "let x\($0) = ( 1" } },
    "one list": { lines($0, before: "print [", after: "]") { "\($0)," } },
    "one record": { lines($0, before: "print {", after: "}") { "a\($0): 1," } },
    "one function": { lines($0, before: "fn _f(x) {", after: "}") { "let _y\($0) = x" } },
    "nested functions": { count in
      let heads = (0..<90).map { "fn _f\($0)(x) {" }.joined(separator: "\n")
      return lines(count, before: heads, after: String(repeating: "}\n", count: 90)) {
        "let _y\($0) = x"
      }
    },
  ]

  private static func lines(
    _ count: Int, before: String = "", after: String = "", _ line: (Int) -> String
  ) -> String {
    "me 1\n\(before)\n" + (0..<count).map(line).joined(separator: "\n") + "\n\(after)\n"
  }

  /// A generous bound that still tells linear from quadratic: ten times the lines would then take
  /// a hundred times as long.
  @Test(arguments: shapes.keys.sorted())
  func checkingIsLinear(_ shape: String) throws {
    let text = try #require(Self.shapes[shape])
    func time(_ lines: Int) -> Double {
      let text = text(lines)
      return Self.median(of: 3) { _ = Self.check(text) }
    }
    let (first, second) = (time(400), time(4000))
    #expect(second < first * 30, "\(first) ms and \(second) ms")
  }

  @Test(.enabled(if: ProcessInfo.processInfo.environment["MEREPL_MEASURE"] == "1"))
  func measure() throws {
    #if DEBUG
      let build = "An optimised debug build (`-Xswiftc -O`):"
    #else
      let build = "A release build:"
    #endif
    var rows = [
      build, "", "| lines | check (ms) | lines checked a second | check and run (ms) |",
      "|---|---|---|---|",
    ]
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
    let start = try #require(text.range(of: "written by `make language-speed` -->\n"))
    let end = try #require(text.range(of: "<!-- end of speed -->"))
    text.replaceSubrange(
      start.upperBound..<end.lowerBound, with: rows.joined(separator: "\n") + "\n")
    try text.write(to: page, atomically: true, encoding: .utf8)
  }
}
