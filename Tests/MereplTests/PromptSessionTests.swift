import Foundation
import Testing

/// Signals, pasting, history and terminals that can do little.
@Suite(.serialized, .enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct PromptSessionTests {
  let program: Program

  init() throws { program = try Program() }

  private func terminal(_ environment: [String: String?] = [:]) throws -> Terminal {
    let terminal = try Terminal(program, ["--color", "never"], environment: environment)
    #expect(terminal.shows("me> ") != nil)
    return terminal
  }

  @Test func aWholePastedScriptRunsOnceAndKeepsItsNames() throws {
    let terminal = try terminal()
    let script = """
      me 1
      ## A script
      param n: int = 4 in 1..9
      fn square(x) {
        x * x
      }
      let result = square(n)
      print("result {result}")

      """
    terminal.type("\u{1B}[200~\(script)\u{1B}[201~")
    #expect(terminal.shows("print(\"result {result}\")") != nil)
    // Nothing runs before Return.
    #expect(terminal.shows("result 16", within: 0.5) == nil)
    terminal.enter("")
    #expect(terminal.shows("result 16\r\n") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("square(result)")
    #expect(terminal.shows("256\r\n") != nil)
    // Its first line alone, as terminals without bracketed paste send it, is no error.
    terminal.enter("me 1")
    #expect(terminal.shows("me> ")?.contains("error") == false)
  }

  @Test func historyIsSearchedAcrossSessions() throws {
    let first = try terminal()
    first.enter("let treasure = 17 * 3")
    #expect(first.shows("me> ") != nil)
    first.enter(" let secret = 1")
    #expect(first.shows("me> ") != nil)
    first.type("\u{4}")
    #expect(first.status() == 0)
    let history = try program.read("merepl/history")
    #expect(history.contains("treasure") && !history.contains("secret"))

    let second = try terminal()
    second.type("\u{12}treas")
    #expect(second.shows("17 * 3") != nil)
    second.enter("")
    #expect(second.shows("me> ") != nil)
    second.enter("treasure")
    #expect(second.shows("51\r\n") != nil)
    second.enter(":hist 2")
    #expect(second.shows("let treasure = 17 * 3\r\n") != nil)
    #expect(second.shows("treasure\r\n") != nil)
  }

  @Test func ctrlCGivesUpASearch() throws {
    let terminal = try terminal()
    terminal.enter("let treasure = 17 * 3")
    #expect(terminal.shows("me> ") != nil)
    terminal.type("\u{12}treas")
    #expect(terminal.shows("17 * 3") != nil)
    _ = terminal.shows("nothing", within: 0.3)
    terminal.type("\u{3}")
    #expect(terminal.shows("^C") != nil)
    // The line as it was before the search, then a new one.
    #expect(terminal.shows("me> ") != nil)
    #expect(terminal.shows("me> ")?.contains("treasure") == false)
    terminal.enter("40 + 2")
    #expect(terminal.shows("42\r\n") != nil)
  }

  @Test func ctrlZStopsAndFgGoesOn() throws {
    let shell = try Terminal(
      program, ["--norc", "--noprofile", "-i"], command: ["bash"], environment: ["PS1": "shell$ "])
    #expect(shell.shows("shell$ ") != nil)
    shell.enter("\(Program.path) --color never")
    #expect(shell.shows("me> ") != nil)
    shell.enter("let kept = 23")
    #expect(shell.shows("me> ") != nil)
    shell.type("kept + ")
    #expect(shell.shows("kept + ") != nil)
    shell.type("\u{1A}")
    #expect(shell.shows("Stopped") != nil)
    #expect(shell.shows("shell$ ") != nil)
    shell.enter("echo $((40 + 2))")
    #expect(shell.shows("42\r\n") != nil)
    shell.enter("fg")
    #expect(shell.shows("me> kept + ") != nil)
    shell.enter("1")
    #expect(shell.shows("24\r\n") != nil)
    // While a command runs.
    shell.enter("let long = range(100_000); print(\"begun\")")
    #expect(shell.shows("begun\r\n") != nil)
    shell.enter("for i in range(999_999) { sum(long) }")
    #expect(shell.shows("}\r\n") != nil)
    _ = shell.shows("nothing", within: 0.3)
    shell.type("\u{1A}")
    #expect(shell.shows("Stopped") != nil)
    shell.enter("fg")
    _ = shell.shows("nothing", within: 0.3)
    shell.type("\u{3}")
    #expect(shell.shows("interrupted") != nil)
    #expect(shell.shows("me> ") != nil)
    shell.enter("kept")
    #expect(shell.shows("23\r\n") != nil)
    #expect(shell.shows("me> ") != nil)
    shell.type("\u{4}")
    #expect(shell.shows("shell$ ") != nil)
  }

  @Test func ctrlCEndsAnExtractionSoonAndTheNextOneStillRuns() throws {
    let terminal = try terminal()
    terminal.enter("let vdm = model(\"cogvideox-1.5-5b\")")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("reconstruction(extract(vdm, data: dataset(\"sft-25k\", count: 900)))")
    #expect(terminal.shows("extracting") != nil)
    let start = Date()
    terminal.type("\u{3}")
    #expect(terminal.shows("interrupted") != nil)
    #expect(terminal.shows("me> ") != nil)
    #expect(Date().timeIntervalSince(start) < 5)
    terminal.enter("reconstruction(extract(vdm, data: dataset(\"sft-25k\", count: 1), steps: 1))")
    #expect(terminal.shows("relative error") != nil)
  }

  @Test func aDumbTerminalGetsPlainLines() throws {
    let terminal = try Terminal(program, environment: ["TERM": "dumb"])
    var shown = terminal.shows("me> ") ?? "\u{1B}"
    terminal.enter("[1,")
    shown += terminal.shows("..> ") ?? "\u{1B}"
    terminal.enter("2]")
    shown += terminal.shows("[1, 2]\r\n") ?? "\u{1B}"
    terminal.enter("frob")
    shown += terminal.shows("E0201") ?? "\u{1B}"
    shown += terminal.shows("me> ") ?? "\u{1B}"
    terminal.type("\u{4}")
    #expect(terminal.status() == 0)
    #expect(!shown.contains("\u{1B}"), "\(shown)")
  }

  @Test func answersTimingAndTypes() throws {
    let terminal = try terminal()
    for (line, answer) in [
      ("6 * 7", "42"), ("ans + 1", "43"), ("ans;", "me> "), (":type ans", "int"),
      (":time sum(1..10)", "CPU time"), (":bench 3 sum(1..10)", "3 runs: median"),
      (":bench 0 1", "1 to 10000"), ("help map", "returns  list"), ("?sort", "descending:"),
      ("sort?", "descending:"), ("fn twice(x) { x * 2 }", "me> "),
      ("??twice", "fn twice(x) { x * 2 }"), ("??ans", "Content hash: "),
      (":frob", "unknown command :frob"),
      ("help frob", "no help on `frob`"), ("help standard deviation", "deviation"),
      ("help heat", "show"), ("help :save", "minimal script"), ("help E0402", "E0402:"),
    ] {
      terminal.enter(line)
      #expect(terminal.shows(answer) != nil, "\(line)")
      if answer != "me> " { #expect(terminal.shows("me> ") != nil, "\(line)") }
    }
  }
}
