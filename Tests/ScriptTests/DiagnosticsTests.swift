import Diagnostics
import EditorSupport
import ScriptChecker
import ScriptSyntax
import Testing

@Suite struct DiagnosticsTests {
  func check(_ text: String) -> [Diagnostic] {
    Checker.check(Script.parse(text, path: "t.me"), signatures: FakeHost().signatures)
  }

  @Test func rendersPlaceCaretNotesAndHelp() {
    let found = check("me 1\nlet é = 1\nlet vdm  = modle(\"tiny\")\n")
    #expect(found.map(\.code) == [.invalidText, .unknownName])
    #expect(
      DiagnosticRenderer().render(found[1]) == """
        error[E0201]: unknown name `modle`
          --> t.me:3:12
           |
         3 | let vdm  = modle("tiny")
           |            ^^^^^
           = help: did you mean `model`?
        """)
    #expect(found[0].description.contains(" 2 | let é = 1\n   |     ^"))
  }

  @Test func rendersNotesWithPlaces() {
    let found = check("me 1\nlet a = 1\nlet a = 2\nprint a\n")
    #expect(
      found.first?.description == """
        error[E0202]: `a` is already bound
          --> t.me:3:5
           |
         3 | let a = 2
           |     ^
           = note: first bound here
          --> t.me:2:5
           |
         2 | let a = 1
           |     ^
           = help: choose another name; names cannot be rebound
        """)
  }

  @Test func breaksTextAtSpaces() {
    let file = SourceFile(path: "a.me", text: "lenn([1])\n")
    var renderer = DiagnosticRenderer()
    renderer.textWidth = 40
    let text = renderer.render(
      Diagnostic(
        .unknownName, "one two three four five six", at: SourceSpan(file: file, start: 0, end: 4),
        notes: [Diagnostic.Note("alpha beta gamma delta epsilon zeta")], suggestion: "short"))
    #expect(
      text == """
        error[E0201]: one two three four five
                      six
          --> a.me:1:1
           |
         1 | lenn([1])
           | ^^^^
           = note: alpha beta gamma delta
                   epsilon zeta
           = help: short
        """)
  }

  @Test func writesJSON() throws {
    let found = check("me 1\nprint \"a\" + 1\n")
    #expect(
      found.first?.json == """
        {"code":"E0310","severity":"error","message":"`+` is not defined for string and int",\
        "path":"t.me","line":2,"column":7,"endLine":2,"endColumn":14,\
        "suggestion":"insert values into text with braces: \\"{x} steps\\""}
        """)
  }

  @Test func showsNoControlCharactersOfAStranger() {
    let found = check("me 1\nprint \u{1B}[31m\n")
    #expect(!found.map(\.description).joined().contains("\u{1B}"))
  }

  @Test func findsNearNames() {
    #expect(Spelling.nearest(to: "modle", among: ["model", "mode", "table"]) == "model")
    #expect(Spelling.nearest(to: "stpes", among: ["steps", "seeds"]) == "steps")
    #expect(Spelling.nearest(to: "xyz", among: ["model"]) == nil)
    #expect(Spelling.nearest(to: "a", among: ["b"]) == nil)
  }

  @Test func everyCodeIsExplainedAndUnique() {
    #expect(Set(DiagnosticCode.allCases.map(\.rawValue)).count == DiagnosticCode.allCases.count)
    for code in DiagnosticCode.allCases { #expect(code.explanation.hasSuffix(".")) }
  }

  @Test func commentsAcceptWarnings() {
    #expect(check("me 1\nprint(0.5 == 0.5)\n").map(\.code) == [.floatEquality])
    #expect(check("me 1\nprint(0.5 == 0.5)  # ok(W0602): exact halves\n").isEmpty)
    #expect(check("me 1\n# ok(W0602): exact halves\nprint(0.5 == 0.5)\n").isEmpty)
    #expect(check("me 1\n# ok(W0601)\nprint(0.5 == 0.5)\n").map(\.code) == [.floatEquality])
  }
}
