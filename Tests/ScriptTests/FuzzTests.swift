import Diagnostics
import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax
import TestSupport
import Testing

/// Scripts grown from the grammar and mutated from a corpus go through the lexer, the parser, the
/// checker, the formatter and the interpreter, and keep their laws. The seed is fixed; `make fuzz`
/// takes MEREPL_FUZZ_SECONDS and MEREPL_FUZZ_SEED and writes what fails into MEREPL_FUZZ_FAILURES.
@Suite(.serialized) struct FuzzTests {
  private static let environment = ProcessInfo.processInfo.environment
  private static let seconds = Double(environment["MEREPL_FUZZ_SECONDS"] ?? "") ?? 2
  private static let seed = UInt64(environment["MEREPL_FUZZ_SEED"] ?? "") ?? 2606

  static let corpus: [[UInt8]] = {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    var all = GoldenScript.all.map { Array($0.text.utf8) }
    for name in ["Corpus", "Hostile"] {
      let place = folder.appendingPathComponent(name)
      let files = (try? FileManager.default.contentsOfDirectory(atPath: place.path)) ?? []
      for file in files.sorted() {
        if let data = try? Data(contentsOf: place.appendingPathComponent(file)),
          data.count < 20_000
        {
          all.append(Array(data))
        }
      }
    }
    return all
  }()

  @Test func everyTextHasAnAnswer() throws {
    var dice = RobustnessTests.Dice(state: Self.seed)
    let end = ContinuousClock.now + .seconds(Self.seconds)
    var count = 0
    var parsed = 0
    var ran = 0
    while ContinuousClock.now < end {
      let text: [UInt8]
      if count % 2 == 0 {
        var generator = ScriptGenerator(dice: dice)
        text = Array(generator.script().utf8)
        dice = generator.dice
      } else {
        text = Self.mutated(&dice)
      }
      let outcome = FuzzLaws.check(text)
      for problem in outcome.problems {
        Self.keep(text, count)
        Issue.record("seed \(Self.seed), text \(count): \(problem)")
      }
      if outcome.parsed { parsed += 1 }
      if outcome.ran { ran += 1 }
      count += 1
      if outcome.problems.count > 0 { break }
    }
    // The generator is worth nothing when its scripts do not get through.
    #expect(count > 100 && parsed * 5 > count && ran * 20 > count, "\(count) \(parsed) \(ran)")
  }

  /// A text of the corpus, cut, joined with another one and changed in places.
  private static func mutated(_ dice: inout RobustnessTests.Dice) -> [UInt8] {
    var bytes = corpus[dice.roll(corpus.count)]
    if dice.roll(4) == 0 {
      let other = corpus[dice.roll(corpus.count)]
      bytes =
        Array(bytes.prefix(dice.roll(bytes.count + 1)))
        + other.suffix(dice.roll(other.count + 1))
    }
    return RobustnessTests.mutate(String(decoding: bytes, as: UTF8.self), &dice)
  }

  private static func keep(_ text: [UInt8], _ count: Int) {
    guard let folder = environment["MEREPL_FUZZ_FAILURES"] else { return }
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
    try? Data(text).write(to: URL(fileURLWithPath: "\(folder)/\(seed)-\(count).me"))
  }
}

/// What holds for every text.
struct FuzzLaws {
  var problems: [String] = []
  var parsed = false
  var ran = false

  static func check(_ bytes: [UInt8]) -> FuzzLaws {
    var laws = FuzzLaws()
    let file = SourceFile(path: "fuzz.me", bytes: bytes)
    let program = Program.load(file)
    let found = Checker.check(program, signatures: FakeHost().signatures)
    for diagnostic in found {
      guard let span = diagnostic.span else { continue }
      if span.start < 0 || span.end > bytes.count { laws.problems.append("a span outside") }
      if DiagnosticRenderer().render(diagnostic).utf8.contains(0x1B) {
        laws.problems.append("an escape in a message")
      }
    }
    laws.parsed = !program.main.diagnostics.containsErrors
    if laws.parsed { laws.checkFormatter(program.main) }
    let place = bytes.count / 2
    _ = EditingContext(file, at: place)
    _ = program.main.definitions.resolve("x", at: place)
    laws.run(program, hasErrors: found.containsErrors)
    return laws
  }

  /// Formatting keeps the tree and the comments, and formatting again changes nothing.
  private mutating func checkFormatter(_ script: Script) {
    guard let once = try? Formatter.format(script.file) else {
      problems.append("a script that parses is not formatted")
      return
    }
    let again = Script.parse(once, path: "once.me")
    if again.diagnostics.containsErrors {
      problems.append("the formatted script does not parse")
    } else {
      if again.canonicalBytes != script.canonicalBytes {
        problems.append("formatting changes the tree")
      }
      if again.commentTexts != script.commentTexts {
        problems.append("formatting changes comments")
      }
      if (try? Formatter.format(once)) != once { problems.append("formatting is not idempotent") }
    }
  }

  private mutating func run(_ program: Program, hasErrors: Bool) {
    let limits = Limits(
      steps: 3000, stringBytes: 10_000, listCount: 1000, allocatedBytes: 1 << 20)
    do {
      try Interpreter(host: FakeHost(), limits: limits).run(program)
      ran = true
      if hasErrors { problems.append("a script with errors ran") }
    } catch let failure as CheckFailure {
      if !hasErrors, failure.diagnostics.isEmpty { problems.append("no reason") }
    } catch let error as ScriptError {
      ran = true
      let isOwn = error.diagnostic.code != .commandFailed
      if isOwn, ![1, 2, 4].contains(error.exitCode) { problems.append("status \(error.exitCode)") }
    } catch {
      problems.append("an unexpected error: \(error)")
    }
  }
}

/// Grows scripts that mostly parse and often run.
struct ScriptGenerator {
  var dice: RobustnessTests.Dice
  private var names = ["x0"]

  init(dice: RobustnessTests.Dice) { self.dice = dice }

  mutating func script() -> String {
    var lines = ["me 1", "let x0 = \(dice.roll(100))"]
    for _ in 0...dice.roll(8) { lines.append(statement(3)) }
    return lines.joined(separator: "\n") + "\n"
  }

  private mutating func pick(_ texts: [String]) -> String { texts[dice.roll(texts.count)] }

  private mutating func statement(_ depth: Int) -> String {
    switch dice.roll(10) {
    case 0...3:
      let value = expression(depth)
      names.append("x\(names.count)")
      return "let \(names[names.count - 1]) = \(value)"
    case 4: return "print \(expression(depth))"
    case 5: return "# comment \(dice.roll(9))\nprint(\(expression(depth)))  # after"
    case 6:
      return
        "for k in 1..\(dice.roll(4)) {\n\(pick(["", "# in\n"]))print [k, \(expression(depth - 1))]\n}"
    case 7:
      let body = expression(depth - 1)
      names.append("x\(names.count)")
      return "fn \(names[names.count - 1])(a, b = 1) { \(body) }"
    case 8: return "## prose \(dice.roll(9))"
    default: return "\(expression(depth)) |> \(pick(["len", "string", "print", "abs"]))"
    }
  }

  private mutating func expression(_ depth: Int) -> String {
    guard depth > 0 else {
      return pick([pick(names), "1", "2.5", "\"a\"", "true", "none", "[]", "1e-3", "25_000"])
    }
    switch dice.roll(12) {
    case 0...2:
      let sign = pick(["+", "-", "*", "/", "//", "%", "**", "==", "<", "and", "or", "in", ".."])
      return "(\(expression(depth - 1)) \(sign) \(expression(depth - 1)))"
    case 3: return "[\(expression(depth - 1)), \(expression(depth - 1))]"
    case 4: return "{a: \(expression(depth - 1)), \"b c\": \(expression(depth - 1))}"
    case 5: return "\"t {\(expression(depth - 1)) \\u{e9}\""
    case 6: return "\(pick(names))[\(expression(depth - 1))]"
    case 7: return "if \(expression(depth - 1)) { \(expression(depth - 1)) } else { 1 }"
    case 8: return "\(pick(["len", "sum", "string", "mean", "abs"]))(\(expression(depth - 1)))"
    case 9: return "map([1, 2], fn(e) { \(expression(depth - 1)) })"
    case 10: return "not \(expression(depth - 1))"
    default: return pick(names) + pick(["[0, 1]", "[a: 1]", ".a", "[1..2]", ""])
    }
  }
}
