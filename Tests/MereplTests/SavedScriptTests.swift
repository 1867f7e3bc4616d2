import Foundation
import Testing

/// `:save FILE NAME` writes a script that passes the check and makes the same value.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct SavedScriptTests {
  static let sessions: [(name: String, session: String, leftOut: String)] = [
    ("b", "let a = 2\nlet unused = 9\nlet b = a * 3\n", "unused"),
    ("a", "let a = 1\nlet a = a + 1\nlet a = a * 10\n", "nothing"),
    ("c", "2 + 3\nans * 2\nlet c = ans - 1\nans + 1\n", "ans + 1"),
    ("r", "let x = 4\nlet r = {text: \"x is {x}\", list: [x, x * x], inner: {y: -x}}\n", "nothing"),
    (
      "f",
      "let k = 3\nfn helper(x) { x + k }\nfn other(x) { x }\n"
        + "let f = fn(x) { helper(x) * k }\n", "other"
    ),
    ("rows", "let rows = map(1..3, fn(i) {\n  {i: i, square: i * i}\n})\nlen(rows)\n", "len"),
    ("t", "let text = \"a # b\"; let t = split(text)\n", "nothing"),
    (
      "clips", "seed 3\nlet clips = dataset(\"tune\", count: 2)\nseed 4\nlet d = clips\n", "seed 4"
    ),
    (
      "kept",
      """
      seed 5
      let vdm = model("cogvideox-1.5-5b")
      let clips = dataset("sft-25k", count: 1)
      show clips
      let priors = extract(vdm, data: clips, steps: 1)
      heads(priors)
      let kept = priors |> select_heads(keep: 0.25) |> select_tokens()

      """, "show"
    ),
    (
      "scores",
      """
      let vdm = model("cogvideox-1.5-5b")
      extract vdm data: dataset("sft-25k", count: 1), steps: 1
      let scores = map(heads(ans).rows, fn(row) { row.score })

      """, "nothing"
    ),
  ]

  @Test(arguments: sessions.indices)
  func theSavedScriptMakesTheSameValue(_ index: Int) throws {
    let (name, session, leftOut) = Self.sessions[index]
    let program = try Program()
    let first = try program.run(input: session + ":save made.me \(name)\n??\(name)\n")
    #expect(first.status == 0, "\(first.errors)")
    let script = try program.read("made.me")
    #expect(script.hasPrefix("me 1\n") && !script.contains(leftOut), "\(script)")
    let check = try program.run("check", "made.me")
    #expect(check.status == 0, "\(check.errors)")
    #expect(check.errors == "made.me: no errors\n", "\(check.errors)")
    let again = try program.run(input: ":load made.me\n??\(name)\n")
    let content = try #require(Self.content(first.output))
    #expect(Self.content(again.output) == content, "\(script)")
  }

  /// Whatever was typed: the script of the whole session has nothing that its check warns of.
  @Test(arguments: [
    "2 + 3\nlet unused = 1\nlet mean = 2\n", "fn f(x) { let y = 1; x }\n",
    "let print = 3\n2 + 3\n", "1.5 == 2.5\nclaim \"c\" 1.5 > 0.5\n", "[1,\n2]\nif true { 1 }\n",
    "let clips = dataset(\"tune\", count: 2)\n"
      + "let tuned = finetune(model(\"qwen2.5-vl-7b\"), data: clips, steps: 1, samples: 2)\n",
  ])
  func aSavedSessionHasNoWarnings(_ session: String) throws {
    let program = try Program()
    let first = try program.run(input: session + ":save all.me\n")
    #expect(first.status == 0, "\(first.errors)")
    let check = try program.run("check", "all.me")
    let script = try program.read("all.me")
    #expect(check.errors == "all.me: no errors\n", "\(script)")
    #expect(check.status == 0)
    #expect(try program.run("run", "all.me").status == 0)
  }

  /// Draws of a session without a seed go by seed 0, and the script says so.
  @Test func aSavedScriptNamesTheSeed() throws {
    let program = try Program()
    let session = """
      let clips = dataset("tune", count: 2)
      let a = finetune(model("qwen2.5-vl-7b"), data: clips, steps: 1, samples: 2)
      :save made.me a
      ??a

      """
    let first = try program.run(input: session)
    #expect(first.status == 0, "\(first.errors)")
    #expect(try program.read("made.me").hasPrefix("me 1\nseed 0\n"))
    let again = try program.run(input: ":load made.me\n??a\n")
    #expect(Self.content(again.output) == Self.content(first.output))
    #expect(Self.content(first.output) != nil)
  }

  private static func content(_ output: String) -> String? {
    output.split(separator: "\n").last { $0.contains("Content hash: ") }.map(String.init)
  }

  @Test func whatCannotBeSavedIsExplained() throws {
    let program = try Program()
    try program.write("mine", to: "mine.me")
    for (input, message) in [
      (":save a.me b\n", "was not defined"), (":save\n", "usage: :save"),
      ("let a = 1\n:save /proc/none/a.me a\n", "cannot write /proc/none/a.me"),
      ("let a = 1\n:save notes.md a\n", "does not end in .me"),
      ("let a = 1\n:save mine.me a\n", "mine.me already exists"),
    ] {
      let outcome = try program.run(input: input)
      #expect(outcome.status != 0)
      #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }
    #expect(try program.read("mine.me") == "mine" && !program.exists("notes.md"))
    // What the session has saved itself it may save again.
    let twice = try program.run(input: "let a = 1\n:save new.me a\nlet b = 2\n:save new.me b\n")
    #expect(twice.status == 0, "\(twice.errors)")
  }
}
