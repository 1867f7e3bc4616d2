import Foundation
import Testing

@Suite(.serialized, .enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct PromptTests {
  let program: Program
  let terminal: Terminal

  init() throws {
    program = try Program()
    terminal = try Terminal(program, ["--color", "never"])
    #expect(terminal.shows("me> ") != nil)
  }

  @Test func inputsGoOnUntilTheyAreComplete() throws {
    terminal.enter("let f = fn(x) {")
    #expect(terminal.shows("..> ") != nil)
    terminal.enter("x * 7 }")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("f(6)")
    #expect(terminal.shows("42\r\n") != nil)
    terminal.enter("frob")
    #expect(terminal.shows("E0201") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.type("\u{4}")
    #expect(terminal.status() == 0)
    let history = try program.read("merepl/history")
    #expect(history.contains("let f = fn(x) {\nx * 7 }\n"))
    let attributes = try FileManager.default.attributesOfItem(
      atPath: "\(program.folder)/merepl/history")
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func ctrlCClearsTheLine() {
    terminal.type("nonsense(")
    #expect(terminal.shows("nonsense(") != nil)
    terminal.type("\u{3}")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("1 + 2")
    #expect(terminal.shows("\u{1B}[2K3\r\n") != nil)
    terminal.enter("print((")
    #expect(terminal.shows("..> ") != nil)
    terminal.type("\u{3}")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("5 + 2")
    #expect(terminal.shows("\u{1B}[2K7\r\n") != nil)
    terminal.enter(":quit")
    #expect(terminal.status() == 0)
  }

  @Test func ctrlCStopsACommandAndKeepsTheSession() {
    terminal.enter("let kept = 11")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("let long = range(100_000)")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("print(\"begun\"); for i in range(999_999) { sum(long) }")
    #expect(terminal.shows("begun\r\n") != nil)
    terminal.type("\u{3}")
    #expect(terminal.shows("interrupted") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("kept")
    #expect(terminal.shows("\u{1B}[2K11\r\n") != nil)
    terminal.signal(SIGTERM)
    #expect(terminal.status() == 143)
  }

  @Test func tabCompletesNamesArgumentsAndToolCommands() {
    terminal.type("rever\t")
    #expect(terminal.shows("reverse") != nil)
    terminal.enter("([1, 2])")
    #expect(terminal.shows("[2, 1]\r\n") != nil)
    terminal.type("sort([1, 2], desc\t")
    #expect(terminal.shows("descending: ") != nil)
    terminal.enter("true)")
    #expect(terminal.shows("[2, 1]\r\n") != nil)
    terminal.enter("let point = {left: 1, lower: 2}")
    #expect(terminal.shows("me> ") != nil)
    terminal.type("point.low\t")
    #expect(terminal.shows("point.lower") != nil)
    terminal.enter("")
    #expect(terminal.shows("\u{1B}[2K2\r\n") != nil)
    terminal.type(":lim\t")
    #expect(terminal.shows(":limits") != nil)
    terminal.enter("")
    #expect(terminal.shows("call depth") != nil)
    // A second Tab lists what fits, with types.
    terminal.type("range(3, \t\t")
    #expect(terminal.shows("from: int = 0") != nil)
  }

  @Test func aPastedScriptIsInsertedAndRunsWithReturn() {
    terminal.type("\u{1B}[200~let a = 20\nlet b = a + 3\n\u{1B}[201~")
    #expect(terminal.shows("let b = a + 3") != nil)
    terminal.enter("")
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("b * 2")
    #expect(terminal.shows("\u{1B}[2K46\r\n") != nil)
  }

  @Test func aNarrowerWindowKeepsTheSession() {
    terminal.enter("let kept = 31")
    #expect(terminal.shows("me> ") != nil)
    terminal.resize(columns: 40)
    terminal.enter("kept + 1")
    #expect(terminal.shows("32\r\n") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.enter("undefined_name")
    #expect(terminal.shows("E0201") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.type("\u{4}")
    #expect(terminal.status() == 0)
  }
}
