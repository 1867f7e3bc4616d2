import Foundation
import Testing

/// What `plan` and `why` foresee, and what must never or always cause a rerun.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct PlanTests {
  @Test func aPlanComputesNothingAndSaysWhatWouldRun() throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    let plan = try program.run("plan", "a.me", "--exit-code")
    #expect(plan.status == 10, "\(plan.errors)")
    #expect(plan.output.contains("would run  finetune no alignment, stream 0"))
    #expect(plan.output.contains("3 would run, time unknown; 0 cached"))
    #expect(program.files(below: ".merepl/objects").isEmpty && !program.exists("figures"))
    #expect(!program.exists("a.lock") && program.files(below: ".merepl/runs").isEmpty)
    #expect(try program.run("plan", "a.me").status == 0)

    #expect(try program.run("run", "a.me").status == 0)
    let after = try program.run("plan", "a.me", "--exit-code")
    #expect(after.status == 0 && after.output.contains("nothing would run"))
    // Gone from the store: the reason and the time are known.
    for name in program.files(below: ".merepl/objects") {
      try FileManager.default.removeItem(atPath: "\(program.folder)/\(name)")
    }
    let lost = try program.run("plan", "a.me", "--exit-code")
    #expect(lost.status == 10 && lost.output.contains("its result is no longer cached"))
    #expect(lost.output.contains("3 would run, about "))
  }

  /// Edits that mean the same.
  static let harmless: [(name: String, edit: @Sendable (String) -> String)] = [
    ("a comment", { $0.replacing("seed 3", with: "# why three?\nseed 3  # because") }),
    ("prose", { $0.replacing("seed 3", with: "## Some prose.\nseed 3") }),
    ("white space", { $0.replacing("samples: 4, steps", with: "samples:   4,\n    steps") }),
    (
      "order of arguments",
      { $0.replacing("samples: 4, steps: steps", with: "steps: steps, samples: 4") }
    ),
    ("a default written out", { $0.replacing("samples: 4,", with: "samples: 4, lambda: 1.0,") }),
    (
      "order of lines",
      {
        $0.replacing(
          "let one = score(\"tune\")\nlet other = score(\"single\")",
          with: "let other = score(\"single\")\nlet one = score(\"tune\")")
      }
    ),
    ("names", { $0.replacing("tuned", with: "student").replacing("clips", with: "videos") }),
    (
      "names of functions",
      {
        $0.replacing("score(", with: "measured(").replacing("split", with: "part").replacing(
          "part:", with: "split:")
      }
    ),
    ("an unused line", { $0.replacing("seed 3", with: "seed 3\nlet unused = 5") }),
    ("texts of a table", { $0.replacing("row \"tune\"", with: "row \"other\"") }),
  ]

  /// Edits that mean something else.
  static let meaningful: [(name: String, why: String, edit: @Sendable (String) -> String)] = [
    ("steps", "finetune: steps 2 -> 3", { $0.replacing("int = 2", with: "int = 3") }),
    (
      "seed", "data dataset \"sft-25k\" of seed 3: 4 clips of split sft -> ",
      { $0.replacing("seed 3", with: "seed 4") }
    ),
    ("data", "of seed 3: 4 clips of split sft -> ", { $0.replacing("count: 4", with: "count: 5") }),
    (
      "stream", "finetune: stream 0 -> 1", { $0.replacing("batch: 2", with: "batch: 2, stream: 1") }
    ),
    (
      "questions", "evaluate: questions 1 -> 2",
      { $0.replacing("questions: 1", with: "questions: 2") }
    ),
    (
      "model", "qwen2.5-vl-mini-0 -> qwen2.5-vl-mini-1",
      { $0.replacing("7b\"", with: "7b\", base: 1") }
    ),
  ]

  @Test func onlyWhatMattersCausesARerun() throws {
    let program = try SmallExperiment.finished()
    for (name, edit) in Self.harmless {
      let text = edit(SmallExperiment.text)
      #expect(text != SmallExperiment.text, "\(name)")
      try program.write(text, to: "a.me")
      let plan = try program.run("plan", "a.me", "--exit-code")
      #expect(plan.status == 0, "\(name): \(plan.output) \(plan.errors)")
    }
    for (name, why, edit) in Self.meaningful {
      let text = edit(SmallExperiment.text)
      #expect(text != SmallExperiment.text, "\(name)")
      try program.write(text, to: "a.me")
      let plan = try program.run("plan", "a.me", "--exit-code")
      #expect(plan.status == 10, "\(name): \(plan.output) \(plan.errors)")
      let words = try program.run("why", "a.me")
      #expect(words.output.contains(why), "\(name): \(words.output)")
    }
    try program.write(SmallExperiment.text, to: "a.me")
    #expect(try program.run("plan", "a.me", "--exit-code", "--set", "steps=5").status == 10)
    let named = try program.run("why", "a.me", "one", "--set", "steps=5")
    #expect(named.output.contains("finetune: steps 2 -> 5"))
    #expect(!named.output.contains("single"), "\(named.output)")
    #expect(try program.run("why", "a.me", "nothing of this name").status == 1)
  }

  /// Other scripts of the same repository are no earlier runs of this one.
  @Test func aScriptIsComparedWithItselfAlone() throws {
    let program = try SmallExperiment.finished()
    try program.write(SmallExperiment.text.replacing("count: 4", with: "count: 6"), to: "b.me")
    for command in ["why", "plan"] {
      let outcome = try program.run(command, "b.me")
      #expect(outcome.output.contains("it was not computed before"), "\(outcome.output)")
      #expect(!outcome.output.contains(" -> dataset"), "\(outcome.output)")
    }
  }

  @Test(arguments: [
    ("data/checkpoints/qwen2.5-vl-mini-0/model.safetensors", "files changed content"),
    ("data/scenes/world.json", "changed content"),
  ])
  func aChangedInputByteCausesARerun(file: String, why: String) throws {
    let program = try SmallExperiment.finished(copiesData: true)
    #expect(try program.run("plan", "a.me", "--exit-code").status == 0)
    if file.hasSuffix(".json") {
      try program.edit(file) { $0 + "\n" }
    } else {
      try program.flipBit(in: file)
    }
    #expect(try program.run("plan", "a.me", "--exit-code").status == 10)
    #expect(try program.run("why", "a.me").output.contains(why))
  }

  /// What a new model is made from counts like an argument.
  @Test(arguments: [
    ("train_vae(\"cogvideox-1.5-5b\"", "data/models/cogvideox-mini"),
    ("train_vae(\"cogvideox-1.5-5b\"", "data/scenes/words.txt"),
    ("train_vision(\"qwen2.5-vl-7b\"", "data/models/qwen2.5-vl-mini"),
    ("train_vision(\"qwen2.5-vl-7b\"", "data/scenes/words.txt"),
  ])
  func aChangedConfigurationTrainsANewModelAnew(command: String, input: String) throws {
    let program = try Program(copiesData: true)
    try program.write(
      """
      me 1
      seed 3
      let fresh = \(command), data: dataset("sft-25k", count: 2), steps: 1, batch: 1)
      print(save(fresh, to: "out/fresh"))

      """, to: "a.me")
    let first = try program.run("run", "a.me", "--quiet")
    #expect(first.status == 0, "\(first.errors)")
    #expect(try program.run("plan", "a.me", "--exit-code").status == 0)
    let file = program.files(below: input).first { $0.hasSuffix("config.json") } ?? input
    try program.edit(file) { $0 + "\n" }
    #expect(try program.run("plan", "a.me", "--exit-code").status == 10)
    let why = try program.run("why", "a.me").output
    #expect(why.contains("\(input) ") && why.contains(" -> "), "\(why)")
  }
}
