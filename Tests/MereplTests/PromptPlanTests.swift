import Foundation
import Testing

/// `:plan` and `:why`: what the session, or one more input, would compute.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct PromptPlanTests {
  private static let session = """
    seed 5
    let vdm = model("cogvideox-1.5-5b")
    let clips = dataset("sft-25k", count: 1)
    let priors = extract(vdm, data: clips, steps: 1)

    """

  @Test func theSessionIsPlannedAtATerminal() throws {
    let program = try Program()
    let terminal = try Terminal(program, ["--color", "never"])
    #expect(terminal.shows("me> ") != nil)
    terminal.enter(":plan")
    #expect(terminal.shows("nothing would run; 0 cached\r\n") != nil)
    for line in Self.session.split(separator: "\n") {
      terminal.enter(String(line))
      #expect(terminal.shows("me> ") != nil)
    }
    terminal.enter(":plan")
    #expect(terminal.shows("would run  extract 1 step\r\n") != nil)
    #expect(terminal.shows("because it was not computed before\r\n") != nil)
    #expect(terminal.shows("1 would run, time unknown; 0 cached\r\n") != nil)
    // Nothing was computed for that.
    #expect(program.files(below: ".merepl/objects").isEmpty)
    terminal.enter(":why priors")
    #expect(terminal.shows("it was not computed before\r\n") != nil)
    #expect(terminal.shows("  -> extract 1 step\r\n") != nil)
    terminal.enter("let ranked = heads(priors);")
    #expect(terminal.shows("done, 1 clip in") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.enter(":plan")
    #expect(terminal.shows("nothing would run; 1 cached\r\n") != nil)
    terminal.type(":wh\t")
    #expect(terminal.shows(":why ") != nil)
    terminal.enter("extract(vdm, data: clips, steps: 2)")
    #expect(terminal.shows("extract: steps 1 -> 2\r\n") != nil)
    #expect(terminal.shows("  -> extract 2 steps\r\n") != nil)
    terminal.enter(":why nothing of this name")
    #expect(terminal.shows("no result matches \"nothing of this name\"") != nil)
    #expect(terminal.shows("me> ") != nil)
    terminal.type("\u{4}")
    #expect(terminal.status() == 0)
  }

  /// Names may be bound again, answers used and seeds set anew: the plan follows what was typed.
  @Test func thePlanFollowsTheSession() throws {
    let program = try Program()
    let first = try program.run(
      input: Self.session + """
        heads(priors);
        let clips = dataset("sft-25k", count: 2)
        extract(vdm, data: clips, steps: 1);
        let other = ans
        :plan priors
        :plan other
        :plan heads(priors)
        :plan heads(other)
        :plan let more = extract(vdm, data: clips, steps: 3)
        :why other
        :why extract
        :clear other
        :clear ans
        :plan
        more

        """)
    #expect(first.errors.contains("unknown name `more`"), "a plan binds nothing")
    let data =
      "extract: data dataset \"sft-25k\" of seed 5: 1 clip of split sft "
      + "-> dataset \"sft-25k\" of seed 5: 2 clips of split sft"
    let cached = "cached     1 extract\nnothing would run; 1 cached\n"
    let pending = """
      would run  extract 1 step, TIME
                 because \(data)
      1 would run, TIME; 0 cached

      """
    // The session's own extraction tells the time; six times its work only roughly.
    #expect(first.output.contains("extract 3 steps, very roughly "))
    #expect(
      first.output.replacing(/(about|very roughly) [0-9.]+ (s|min [0-9]+ s)/, with: "TIME")
        == cached + pending + cached + pending + """
          would run  extract 3 steps, TIME
                     because \(data); extract: steps 1 -> 3
          1 would run, TIME; 0 cached
          \(data)
            -> extract 1 step
          it was not computed before
            -> extract 1 step
          cached: extract 1 step
          \(cached)
          """)
  }

  /// A plan leaves files alone, though the session wrote some.
  @Test func aPlanWritesNothing() throws {
    let program = try Program()
    let outcome = try program.run(
      input: """
        write_tensor(tensor([1, 2]), to: "out/a.safetensors");
        :plan
        :plan write_tensor(tensor([1, 2]), to: "out/b.safetensors")
        :plan print("shown?")

        """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(program.exists("out/a.safetensors") && !program.exists("out/b.safetensors"))
    #expect(!outcome.output.contains("shown?"))
    let script = "me 1\nprint write_tensor(tensor([1]), to: \"out/c.safetensors\")\n"
    try program.write(script, to: "c.me")
    #expect(try program.run("plan", "c.me").status == 0)
    #expect(!program.exists("out/c.safetensors"))
  }

  @Test func jsonLinesNameTheResults() throws {
    let program = try Program()
    let outcome = try program.run("--json", input: Self.session + ":plan\n")
    let objects = try outcome.output.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
    }
    #expect(objects.count == 1)
    #expect(objects.first??["command"] as? String == "extract")
    #expect(objects.first??["cached"] as? Bool == false)
  }
}
