import Foundation
import Testing

/// Figures and tables of numbers and texts that nobody drew before, through the program.
@Suite(.enabled(if: Program.exists && hasGnuplot, "the program merepl or gnuplot is missing"))
struct FigureFaultTests {
  private func run(_ lines: String..., more: [String] = []) throws -> (Program, Program.Outcome) {
    let program = try Program(copiesData: more.contains("--untrusted"))
    try program.write("me 1\n" + lines.joined(separator: "\n") + "\n", to: "a.me")
    return (program, try program.run(["run", "a.me"] + more))
  }

  /// Figures that are drawn, without a word of gnuplot's.
  @Test func emptyRangesAreDrawn() throws {
    let (program, outcome) = try run(
      "figure \"zeros\" bars({a: {x: [0.0, 0.0]}}, y_label: \"y\")",
      "figure \"base\" bars({a: {x: 25.0}}, y_label: \"y\", from: 25.0)",
      "figure \"point\" line([1], curves: {c: [3]}, x_label: \"x\", y_label: \"y\")",
      "figure \"own\" line([1, 2], curves: {a: [1, 2]}, x_label: \"'own' text\", y_label: \"]]>\")",
      "let many = map(1..60, fn(i) { i * 1000 })",
      "figure \"many\" line(many, curves: {a: many}, x_label: \"x\", y_label: \"y\")",
      "figure \"thousand\" line([1000, 1 / 3, 1000], curves: {a: [1, 2, 3]}, x_label: \"x\", "
        + "y_label: \"y\")",
      "figure \"close\" line([1000.5, 1000.6], curves: {a: [1, 2]}, x_label: \"x\", "
        + "y_label: \"y\")",
      "show line([1, 2], curves: {a: [0, 0]}, x_label: \"\\u{fffe}\", y_label: \"''\")",
      "show bars({a: {x: 0.0}}, y_label: \"y\")", "show tensor([[1, 1]])", "print 1e308")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(!outcome.errors.contains("gnuplot") && !outcome.errors.contains("arning"))
    #expect(!outcome.output.contains("cannot draw"), "\(outcome.output)")
    let named = try program.read("figures/thousand.svg")
    #expect(named.contains("<text>1000</text>") && named.contains("<text>0.333</text>"))
    #expect(try !program.read("figures/close.svg").contains("<text>1e+03</text>"))
    let svg = try program.read("figures/own.svg")
    #expect(svg.contains("<text>'own' text</text>") && svg.contains("<text>]]&gt;</text>"))
  }

  @Test(arguments: [
    (
      "figure \"a\" line([1e308, -1e308], curves: {a: [1, 2]}, x_label: \"x\", y_label: \"y\")",
      "1e+308"
    ),
    ("figure \"a\" bars({a: {b: 1e308}}, y_label: \"\", from: -1e308)", "1e+308"),
    ("print bars({a: {b: [1e308, -1e308]}}, y_label: \"\")", "1e+308"),
    ("print bars({a: {b: 1}}, y_label: \"\", from: 5e-324)", "5e-324"),
    ("print bars({a: {b: 1}}, y_label: \"\", reference: {c: -1e200})", "-1e+200"),
    ("print bars({a: {b: 1}}, y_label: \"\", reference: {c: \"x\"})", "reference"),
    ("table \"t\" { row \"r\": {x: [1e308, -1e308]} }", "1e+308"),
    ("table \"t\" { row \"r\": {x: [1.7e308, 1.0, 2.0]} }", "1.7e+308"),
    ("print better([1e308, 1.0], [-1e308, 1.0])", "1e+308"),
    ("print mean([1e308, 1e308])", "too large"),
  ])
  func numbersOutOfRangeAreNamed(_ line: String, _ value: String) throws {
    let (_, outcome) = try run(line)
    #expect(outcome.status == 1 && outcome.signal == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains(value), "\(outcome.errors)")
    #expect(!outcome.output.contains("inf") && !outcome.output.contains("NaN"))
  }

  @Test func hugeNumbersOfATableAreShort() throws {
    let (_, outcome) = try run(
      "table \"t\" { row \"r\": {x: [1e300, 1.5e300], y: [5e-324, 0.0], z: [-0.0, 0.0]} }",
      "show [1e308, -1e308]", "show tensor([[1e38, -1e38]])", "show [5e-324, 0.0]")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("1.25e+300 ± 3.18e+300"), "\(outcome.output)")
    #expect(outcome.output.contains("0.00 ± 0.00"))
  }

  /// Letters that exist nowhere have no font; confined, the fonts can be looked at, too.
  @Test(arguments: [[], ["--untrusted"]])
  func lettersWithoutFontAreSaidOnce(_ more: [String]) throws {
    let (_, outcome) = try run(
      "figure \"g\" line([1, 2], curves: {a: [1, 2], b: [2, 1]}, x_label: \"\\u{378}\", "
        + "y_label: \"\\u{378} é\")", more: more)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.errors.split(separator: "\n").filter {
      $0.contains("no installed font has")
    }
    guard FileManager.default.fileExists(atPath: "/etc/fonts/fonts.conf"),
      dlopen("libfontconfig.so.1", RTLD_LAZY) != nil
    else { return #expect(lines.isEmpty) }
    #expect(lines.count == 1, "\(outcome.errors)")
    #expect(lines.first?.contains("figure g: no installed font has U+378 (unassigned)") == true)
  }
}

private let hasGnuplot = FileManager.default.isExecutableFile(atPath: "/usr/bin/gnuplot")

/// A stranger's description of the world.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct WorldFaultTests {
  @Test(arguments: [
    ("\"width\": 48", "\"width\": 1000000"), ("\"width\": 48", "\"width\": 4611686018427387904"),
    ("\"frames\": 17", "\"frames\": 1000000"), ("\"count\": [10, 14]", "\"count\": [-1, 14]"),
    ("\"cell\": 9", "\"cell\": 9223372036854775807"),
    ("\"candidates\": 6", "\"candidates\": 1000000"),
  ])
  func isRefused(_ old: String, _ new: String) throws {
    let program = try Program(copiesData: true)
    let path = "data/scenes/world.json"
    let text = try program.read(path)
    try program.write(text.replacing(old, with: new), to: path)
    try program.write("me 1\nprint dataset(\"sft-25k\", count: 2)\n", to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 5 && outcome.signal == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("world.json"), "\(outcome.errors)")
  }

  @Test func wordsOfAMegabyte() throws {
    let program = try Program(copiesData: true)
    let word = String(repeating: "ab", count: 500_000)
    try program.write("red\n\(word)\n", to: "data/scenes/words.txt")
    try program.write(
      """
      me 1
      seed 1
      let vae = train_vae("cogvideox-1.5-5b", data: dataset("vdm-pretrain", count: 2), steps: 1)
      print save(vae, to: "data/checkpoints/x")

      """,
      to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 5 && outcome.errors.contains("line 2"), "\(outcome.errors)")
  }
}
