import Foundation
import Testing

/// What `show` draws, on terminals that can do more or less.
@Suite(.serialized, .enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct TerminalPictureTests {
  let program: Program

  init() throws { program = try Program() }

  private static let clips = "let clips = dataset(\"sft-25k\", count: 2);"
  private static let colored: [String: String?] = [
    "TERM": "xterm-256color", "COLORTERM": "truecolor",
  ]

  private func terminal(
    _ environment: [String: String?] = Self.colored, columns: UInt16 = 100
  ) throws -> Terminal {
    let terminal = try Terminal(program, environment: environment, columns: columns)
    #expect(terminal.shows("me> ") != nil)
    terminal.enter(Self.clips)
    #expect(terminal.shows("me> ") != nil)
    return terminal
  }

  @Test func aTerminalThatDrawsSixelGetsPictures() throws {
    let terminal = try terminal()
    terminal.enter("show clips")
    #expect(terminal.shows("\u{1B}[16t\u{1B}[c") != nil)
    terminal.type("\u{1B}[6;18;9t\u{1B}[?62;4;22c")
    // As wide as 100 characters of 9 pixels.
    #expect(terminal.shows("\u{1B}Pq\"1;1;900;") != nil)
    #expect(terminal.shows("\u{1B}\\") != nil)
    #expect(terminal.shows("me> ") != nil)
    // It is asked once, and characters do as well.
    terminal.enter("show clips style: \"blocks\"")
    #expect(terminal.shows("▀") != nil)
    #expect(terminal.shows("me> ")?.contains("\u{1B}[c") == false)
  }

  @Test func aTerminalWithoutSixelGetsBlocks() throws {
    let terminal = try terminal()
    terminal.enter("show clips")
    #expect(terminal.shows("\u{1B}[c") != nil)
    terminal.type("\u{1B}[?62;22c")
    let shown = terminal.shows("me> ")
    #expect(shown?.contains("\u{1B}[48;2;") == true)
    #expect(shown?.contains("\u{1B}P") == false)
  }

  @Test func aSilentTerminalIsNotWaitedForAndALateAnswerIsNoInput() throws {
    let terminal = try terminal()
    let start = Date()
    terminal.enter("show clips")
    #expect(terminal.shows("\u{1B}[c") != nil)
    #expect(terminal.shows("▀") != nil)
    #expect(Date().timeIntervalSince(start) < 5)
    #expect(terminal.shows("me> ") != nil)
    terminal.type("40 +")
    #expect(terminal.shows("40 +") != nil)
    terminal.type("\u{1B}[?62;22c")
    terminal.enter(" 2")
    #expect(terminal.shows("\u{1B}[2K42\r\n") != nil)
  }

  @Test func whatIsTypedWhileTheTerminalIsAskedIsKept() throws {
    let terminal = try terminal()
    terminal.enter("show clips")
    #expect(terminal.shows("\u{1B}[c") != nil)
    terminal.type("\u{1B}[?62")
    terminal.type(";22c40 + 3\r")
    #expect(terminal.shows("me> ") != nil)
    #expect(terminal.shows("43\r\n") != nil)
  }

  @Test(arguments: [["NO_COLOR": "1", "TERM": "xterm-256color"], ["TERM": "dumb"]])
  func withoutColourThereAreShadesAndNoQuestions(environment: [String: String?]) throws {
    let terminal = try terminal(environment)
    terminal.enter("show clips")
    #expect(terminal.shows("17 frames of 48 x 48") != nil)
    let shown = terminal.shows("me> ") ?? "\u{1B}["
    #expect(shown.contains("░") && !shown.contains("\u{1B}[c") && !shown.contains("\u{1B}[38"))
  }

  @Test func picturesFollowTheWindow() throws {
    let terminal = try terminal(["TERM": "dumb"], columns: 100)
    terminal.resize(columns: 50)
    terminal.enter("show clips")
    #expect(terminal.shows("17 frames of 48 x 48") != nil)
    let lines = (terminal.shows("me> ") ?? "").split(separator: "\r\n").dropLast(2)
    #expect(lines.count > 8)
    #expect(lines.allSatisfy { $0.count <= 50 }, "\(lines)")
  }

  @Test(arguments: [("C.UTF-8", false), ("C", true)])
  func filesGetPlainCharacters(locale: String, isASCII: Bool) throws {
    let outcome = try program.run(
      input: Self.clips + "\nshow clips\n",
      environment: ["LC_ALL": locale, "TERM": "xterm-256color", "COLORTERM": "truecolor"])
    #expect(outcome.status == 0)
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(outcome.output.utf8.contains { $0 > 127 } != isASCII)
    #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }

  @Test func colourIsForcedByTheOption() throws {
    let outcome = try program.run(
      "-c", Self.clips + " show clips", "--color", "always",
      environment: ["NO_COLOR": "1", "TERM": "xterm-256color"])
    #expect(outcome.output.contains("\u{1B}[38;5;"))
    let never = try program.run(
      "-c", Self.clips + " show clips", "--color", "never", environment: ["FORCE_COLOR": "1"])
    #expect(!never.output.contains("\u{1B}"))
  }

  // MARK: Priors

  private static let priors = """
    let vdm = model("cogvideox-1.5-5b");
    let clips = dataset("sft-25k", count: 2);
    let priors = extract(vdm, data: clips, steps: 1);
    let word = priors[1].words[0];

    """

  @Test func headsAndTokensAreRanked() throws {
    let outcome = try program.run(
      input: Self.priors + """
        heads(priors)
        heads(priors, keep: 0.25).selected
        tokens(priors, clip: 1)
        let rows = tokens(priors[1]).rows;
        len(filter(rows, fn(r) { r.selected })) * 2 - len(rows) in 0..1
        heads(priors)[0].score >= heads(priors)[-1].score
        show priors token: word clip: 1 head: 3

        """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines[1].hasPrefix("rank  head     DFC    TCS    DSR  score"))
    #expect(lines[3...10].filter { $0.hasSuffix("●") }.count == 4)
    #expect(lines.contains { $0.wholeMatch(of: #/\[\d, \d\]/#) != nil })
    #expect(lines.contains { $0.contains("[") && $0.contains("]") && !$0.contains(",") })
    #expect(lines.filter { $0 == "true" }.count == 2)
    #expect(lines.contains { $0.contains("head 3") })
  }

  @Test(arguments: [
    ("show priors token: \"zebra\"", "not a word of"),
    ("show priors clip: 7", "valid: 0 to 1"), ("show priors head: 99", "valid: 0 to 7"),
    ("show priors layer: 0", "requires `head`"),
    ("show priors layer: 0 head: 0", "per-layer"),
    ("show 3 token: \"a\"", "`token` does not apply"),
    ("show clips token: \"a\"", "`token` does not apply"), ("priors[5]", "valid: 0 to 1"),
    ("heads(clips)", "priors"), ("show priors style: \"sixels\"", "style"),
  ])
  func whatCannotBeShownIsExplained(line: String, message: String) throws {
    let outcome = try program.run(input: Self.priors + line + "\n")
    #expect(outcome.status != 0)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func headsOfLayersAreAddressed() throws {
    let outcome = try program.run(
      input: """
        let vdm = model("cogvideox-1.5-5b")
        let priors = extract(vdm, data: dataset("sft-25k", count: 1), steps: 1, heads: "per-layer")
        len(heads(priors).rows) == vdm.layers * vdm.heads
        show priors layer: 1 head: 2
        show priors layer: 77 head: 2

        """)
    #expect(outcome.output.contains("true\n"))
    #expect(outcome.output.contains("layer 1, head 2"))
    #expect(outcome.errors.contains("`layer` is 77"))
  }
}
