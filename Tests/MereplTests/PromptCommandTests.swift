import Foundation
import Testing

/// The commands of the prompt, and what a terminal shows, where no other suite looks.
@Suite(.serialized, .enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct PromptCommandTests {
  let program: Program

  init() throws { program = try Program() }

  private func terminal(columns: UInt16 = 100) throws -> Terminal {
    let terminal = try Terminal(program, ["--color", "never"], columns: columns)
    #expect(terminal.shows("me> ") != nil)
    return terminal
  }

  @Test func paramsAreSetForTheNextLoad() throws {
    try program.write(
      "me 1\nparam n: int = 2 in 1..9\nlet square = n * n\nprint square\n", to: "a.me")
    let terminal = try terminal()
    for (line, answer) in [
      (":set", "no params yet"), (":load a.me", "4"), (":set", "n = 2"),
      (":set n=5", "n is set to 5 for the next :load"),
      (":set", "n = 2; 5 for the next :load"),
      (":load a.me", "25"), (":set", "n = 5\r\n"), (":set n=50", "1..9"),
      (":set m=5", "no loaded script has a param `m`"), (":load a.me", "25"),
      (":set n", "NAME=VALUE"),
      ("square", "25"), (":load none.me", "does not exist"),
    ] {
      terminal.enter(line)
      #expect(terminal.shows(answer) != nil, "\(line)")
      if answer != "me> " { #expect(terminal.shows("me> ") != nil, "\(line)") }
    }
  }

  @Test func claimsAreShownWithTheirEvidence() throws {
    try program.write(
      "me 1\nclaim \"no\" better([1.0, 1.0, 1.1], [2.0, 2.1, 2.2])\nclaim \"two\" 2 > 1\n",
      to: "claims.me")
    let terminal = try terminal()
    terminal.enter(":load claims.me")
    #expect(terminal.shows("not supported  no   -1.07 [-1.21, -0.92] over 3 seeds\r\n") != nil)
    #expect(terminal.shows("inconclusive   two  one value per side, n = 1: no interval\r\n") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("claim \"yes\" better([2.0, 2.1, 2.2], [1.0, 1.0, 1.1])")
    #expect(terminal.shows("supported      yes  +1.07 [+0.92, +1.21] over 3 seeds\r\n") != nil)
    #expect(terminal.shows("me> ")?.contains("\"supported\"") == false)
  }

  @Test(arguments: [
    ("help claim", "claim TEXT VALUE"), ("?for", "for NAME in LIST"), ("help", "help prompt  keys"),
    ("help lte", "did you mean `let`?"),
  ])
  func wordsOfTheLanguageHaveHelp(asked: String, answer: String) throws {
    let terminal = try terminal()
    terminal.enter(asked)
    #expect(terminal.shows(answer) != nil, "\(asked)")
  }

  @Test func helpOnAValueNamesEveryCommandThatTakesIt() throws {
    let terminal = try terminal()
    terminal.enter("let clips = dataset(\"tune\", count: 1);")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("?clips")
    #expect(terminal.shows("Commands: oracle") != nil)
    let data = terminal.shows("me> ") ?? ""
    #expect(data.contains("As data: in") && data.contains("extract"), "\(data)")
  }

  @Test func narrowTerminalsBreakHelpAndNotesAtSpaces() throws {
    let terminal = try terminal(columns: 60)
    terminal.enter("help")
    let help = terminal.shows("me> ") ?? ""
    terminal.enter("help extract")
    let page = terminal.shows("me> ") ?? ""
    terminal.enter("table \"T\" { row \"a\": 1.0 }")
    let table = terminal.shows("me> ") ?? ""
    for text in [help, page, table] {
      let lines = text.split(whereSeparator: { $0 == "\r\n" || $0 == "\n" }).dropFirst()
      #expect(lines.count > 3)
      for line in lines where !line.contains("\u{1B}") { #expect(line.count <= 60, "\(line)") }
    }
    #expect(table.contains("appears, not the\r\npaper's percentages"), "\(table)")
  }

  @Test func namesAreListedAndForgotten() throws {
    let terminal = try terminal()
    for (line, answer) in [
      ("let number = 1; let text = \"a\"", "me> "), (":vars", "number  int     1\r\n"),
      (":vars", "text    string  \"a\"\r\n"), (":clear numbr", "did you mean `number`?"),
      (":clear number", "me> "), ("number", "E0201"), ("text", "\"a\"\r\n"), (":clear", "me> "),
      ("text", "E0201"), (":help", ":why [NAME or INPUT]"), (":limits", "10000000"),
      (":hist 1", ":limits"), (":hist many", "expected a positive number"),
    ] {
      terminal.enter(line)
      #expect(terminal.shows(answer) != nil, "\(line)")
      if answer != "me> " { #expect(terminal.shows("me> ") != nil, "\(line)") }
    }
  }

  /// Its state is kept: the same training goes on where it was.
  @Test func ctrlCEndsATrainingSoonAndItGoesOnLater() throws {
    let lines = [
      "let clips = dataset(\"tune\", count: 4);", "let vlm = model(\"qwen2.5-vl-7b\");",
      "let tuned = finetune(vlm, data: clips, samples: 4, batch: 1, steps: 100_000);",
    ]
    let terminal = try terminal()
    for line in lines {
      terminal.enter(line)
      #expect(terminal.shows("me> ") != nil)
    }
    let ask = "evaluate(tuned, on: [motionbench], questions: 1)"
    terminal.enter(ask)
    #expect(terminal.shows("loss") != nil)
    let start = Date()
    terminal.type("\u{3}")
    #expect(terminal.shows("interrupted") != nil)
    #expect(terminal.shows("me> ") != nil)
    #expect(Date().timeIntervalSince(start) < 5)
    #expect(program.files(below: ".merepl/training").count == 1)
    terminal.enter(ask)
    #expect(terminal.shows("resuming training after step") != nil)
    terminal.type("\u{3}")
    #expect(terminal.shows("interrupted") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("len([1, 2])")
    #expect(terminal.shows("2\r\n") != nil)
  }

  @Test func curvesAreDrawnInTheTerminal() throws {
    let terminal = try terminal()
    terminal.enter(
      "line([1, 2, 3], curves: {squares: [1.0, 4.0, 9.0]}, x_label: \"x\", y_label: \"y\")")
    let shown = terminal.shows("me> ").map { $0 + (terminal.shows("\u{0}", within: 1) ?? "") } ?? ""
    #expect(shown.contains("squares"), "\(shown)")
  }

  /// A long line is cut around what is wrong, or the caret would stand below something else.
  @Test func theCaretStandsUnderItsWordInANarrowWindow() throws {
    let terminal = try terminal(columns: 50)
    terminal.enter("let total = 1 + 2 + 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10 + wrong + 11 + 12 + 13")
    #expect(terminal.shows("E0201") != nil)
    let lines = (terminal.shows("^^^^^") ?? "").components(separatedBy: "\r\n")
    let line = lines.dropLast().last ?? ""
    let caret = lines.last?.replacingOccurrences(of: "\u{1B}[2K", with: "") ?? ""
    #expect(lines.allSatisfy { $0.count <= 50 }, "\(lines)")
    #expect(line.count <= 50 && line.contains("wrong"), "\(lines)")
    let before = line.range(of: "wrong").map { line[..<$0.lowerBound].count }
    #expect(before == caret.count - 5, "\(lines)")
  }
}
