import Experiments
import Foundation
import Testing

/// One key, one result: nothing that happens around a run reaches what its keys name.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct OneKeyTests {
  // MARK: Models are values

  /// Each way to use a model, between two times that it is written out.
  static let uses: [(model: String, use: String)] = [
    ("vae", "train_vdm(vae, data: few, steps: 1, batch: 1)"),
    ("vae", "train_vdm(vae, data: few, steps: 1, batch: 1, grounding: 0.5)"),
    ("vae", "autoencoder_loss(vae, data: few)"),
    ("vdm", "reconstruction(extract(vdm, data: clips, steps: 1))"),
    ("vdm", "text_use(vdm, data: clips, timesteps: [99])"),
    ("vdm", "localisation(ensemble([extract(vdm, data: clips, steps: 1)]), words: \"all\")"),
    ("vdm", "head_scores(extract(vdm, data: clips, steps: 1))"),
    ("tower", "train_decoder(tower, data: clips, steps: 1, batch: 1)"),
    ("vlm", "finetune(vlm, data: clips, samples: 2, steps: 1, batch: 1)"),
    (
      "vlm",
      "finetune(vlm, data: clips, align: shuffled(oracle(clips)), samples: 2, steps: 1, batch: 1)"
    ),
    ("vlm", "evaluate(vlm, on: [motionbench], split: \"tune\", questions: 1)"),
  ]

  @Test func noCommandChangesAModelThatItIsGiven() throws {
    let program = try Program()
    var lines = [
      "me 1", "seed 4", "let few = dataset(\"vdm-pretrain\", count: 2)",
      "let clips = dataset(\"sft-25k\", count: 2)",
      "let vae = train_vae(\"cogvideox-1.5-5b\", data: few, steps: 1, batch: 1)",
      "let vdm = model(\"cogvideox-1.5-5b\")",
      "let tower = train_vision(\"qwen2.5-vl-7b\", data: clips, steps: 1, batch: 1)",
      "let vlm = model(\"qwen2.5-vl-7b\")",
    ]
    for (number, (model, use)) in Self.uses.enumerated() {
      lines.append("print(save(\(model), to: \"out/before-\(number)\"))")
      // A model is made only when somebody asks for it.
      lines.append(
        use.hasPrefix("train") || use.hasPrefix("fine")
          ? "let made\(number) = save(\(use), to: \"out/made-\(number)\")"
          : "let made\(number) = \(use)")
      lines.append("print(save(\(model), to: \"out/after-\(number)\"))")
      lines.append("print made\(number)")
    }
    try program.write(lines.joined(separator: "\n") + "\n", to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lock = try Lockfile(parsing: try program.read("a.lock"))
    for (number, (_, use)) in Self.uses.enumerated() {
      let before = lock.cells[.checkpoint("out/before-\(number)")]
      #expect(before != nil && before == lock.cells[.checkpoint("out/after-\(number)")], "\(use)")
    }
  }

  /// Whatever takes a model, by the page of commands, is in the list above.
  @Test func everyCommandThatTakesAModelTakesPart() throws {
    let page = try String(
      contentsOfFile: "\(Program.repository)/docs/commands.md", encoding: .utf8)
    let commands = page.components(separatedBy: "\n### ").dropFirst()
      .filter { $0.contains("cost     expensive") }.map { String($0.prefix { $0 != "\n" }) }
    #expect(commands.count > 8)
    for command in commands where !["train_vae", "train_vision"].contains(command) {
      #expect(Self.uses.contains { $0.use.contains("\(command)(") }, "\(command)")
    }
  }

  /// Cold, warm and after a stop: three times the same two models.
  @Test func twoTrainingsOfOneModelDoNotMeet() throws {
    let text = """
      me 1
      seed 2606
      let videos = dataset("vdm-pretrain", count: 4)
      let vae = train_vae("cogvideox-1.5-5b", data: videos, steps: 2, batch: 2)
      let a = train_vdm(vae, data: videos, steps: 2, batch: 2)
      let b = train_vdm(vae, data: videos, steps: 2, batch: 2, grounding: 0.5)
      print save(a, to: "out/a")
      print save(b, to: "out/b")
      print save(a, to: "out/a2")

      """
    let program = try Program()
    try program.write(text, to: "a.me")
    let cold = try program.run("run", "a.me", "--quiet")
    #expect(cold.status == 0, "\(cold.errors)")
    let hashes = cold.output.split(separator: "\n")
    #expect(hashes.count == 3 && hashes[0] == hashes[2] && hashes[0] != hashes[1])
    #expect(try program.run("run", "a.me", "--quiet").output == cold.output)
    let stopped = try Program()
    try stopped.write(text, to: "a.me")
    let environment = ["MEREPL_TEST_KILL": "step 5", "MEREPL_CHECKPOINT_SECONDS": "0"]
    #expect(try stopped.run("run", "a.me", "--quiet", environment: environment).signal == SIGKILL)
    #expect(try stopped.run("run", "a.me", "--quiet").output == cold.output)
    // From nothing, too.
    let verified = try program.run("verify", "a.me", "--quiet")
    #expect(verified.status == 0, "\(verified.output)")
  }

  // MARK: What a key names

  /// A checkpoint with another configuration is another model, in a cold store and a warm one.
  @Test func aModelHasItsOwnConfiguration() throws {
    let text = """
      me 1
      seed 2606
      param q: int = 4
      let vlm = model("qwen2.5-vl-7b")
      table "e" { row "x": evaluate(vlm, on: [motionbench], questions: q).motionbench_overall }

      """
    func edited() throws -> Program {
      let program = try Program(copiesData: true)
      try program.write(text, to: "a.me")
      try program.edit("data/checkpoints/qwen2.5-vl-mini-0/config.json") {
        $0.replacing("\"rope_theta\": 1000.0", with: "\"rope_theta\": 5.0")
      }
      return program
    }
    let (cold, warm) = (try edited(), try edited())
    #expect(try cold.run("run", "a.me", "--quiet").status == 0)
    #expect(try warm.run("run", "a.me", "--quiet", "--set", "q=1").status == 0)
    #expect(try warm.run("run", "a.me", "--quiet").status == 0)
    #expect(try cold.read("a.lock") == warm.read("a.lock"))
    // What a model was made from may change afterwards.
    let lock = try warm.read("a.lock")
    try warm.edit("data/models/qwen2.5-vl-mini/config.json") {
      $0.replacing("\"rope_theta\": 1000.0", with: "\"rope_theta\": 7.0")
    }
    try warm.edit("data/scenes/words.txt") { "newword\n" + $0 }
    #expect(try warm.run("verify", "a.me", "--quiet").status == 0)
    #expect(try warm.run("run", "a.me", "--quiet").status == 0)
    #expect(try warm.read("a.lock") == lock)
  }

  /// The world decides what is asked, also of a model that has nothing to do with it.
  @Test func anotherWorldIsAnotherScore() throws {
    let program = try SmallExperiment.finished(copiesData: true)
    try program.edit("data/scenes/world.json") { $0 + "\n" }
    let plan = try program.run("plan", "a.me", "--exit-code", "--quiet")
    #expect(plan.status == 10 && plan.output.contains("evaluate"), "\(plan.output)")
  }

  @Test func aNameWithoutWeightsIsNoModel() throws {
    let program = try Program()
    try program.write("me 1\nprint model(\"qwen2.5-vl-3b\")\n", to: "a.me")
    let outcome = try program.run("run", "a.me")
    #expect(outcome.status == 2 && outcome.errors.contains("qwen2.5-vl-7b"), "\(outcome.errors)")
  }

  // MARK: What is loaded is what was hashed

  private static let scored = """
    me 1
    seed 3
    let vlm = model("qwen2.5-vl-7b")
    print reconstruction(extract(model("cogvideox-1.5-5b"), data: dataset("tune", count: 12), steps: 4))
    table "e" { row "x": evaluate(vlm, on: [motionbench], split: "tune", questions: 1).motionbench_overall }

    """

  /// Changed after `model(...)` and before the weights are read: an error, and nothing is stored.
  @Test func aCheckpointThatChangesBeforeItIsReadIsRefused() throws {
    let program = try Program(copiesData: true)
    try program.write(Self.scored, to: "a.me")
    let weights = "data/checkpoints/qwen2.5-vl-mini-0/model.safetensors"
    let outcome = try program.run("run", "a.me", environment: ["MEREPL_THREADS": "1"]) { process in
      // The first line that is printed is the reconstruction; before it, the file is another one.
      _ = process
    }
    #expect(outcome.status == 0, "\(outcome.errors)")
    let lock = try program.read("a.lock")
    for file in program.files(below: ".merepl") {
      try? FileManager.default.removeItem(atPath: "\(program.folder)/\(file)")
    }
    let process = program.process(["run", "a.me", "--quiet", "--threads", "1"])
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    usleep(600_000)
    try program.flipBit(in: weights)
    process.waitUntilExit()
    let text = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    if process.terminationStatus == 5 {
      #expect(text.contains("qwen2.5-vl-mini-0 changed after the script opened it"), "\(text)")
    } else {
      // It came too late or too early; then the lock says which model it was.
      #expect(process.terminationStatus == 0, "\(text)")
    }
    try program.flipBit(in: weights)
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    #expect(try program.read("a.lock") == lock)
  }

  /// Weights behind a link count as much as others.
  @Test func aLinkedCheckpointIsItsContent() throws {
    let program = try Program(copiesData: true)
    let folder = "\(program.folder)/data/checkpoints/qwen2.5-vl-mini-0"
    let elsewhere = "\(program.folder)/elsewhere"
    try program.write(SmallExperiment.text, to: "a.me")
    try FileManager.default.moveItem(atPath: folder, toPath: elsewhere)
    try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: elsewhere)
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    #expect(try program.read("a.lock") == SmallExperiment.lock)
    try program.flipBit(in: "elsewhere/model.safetensors")
    #expect(try program.run("plan", "a.me", "--exit-code", "--quiet").status == 10)
    // A file that leads nowhere, a pipe, a folder that leads to itself.
    let path = "\(elsewhere)/extra"
    for make in [
      { symlink("nowhere", path) }, { mkfifo(path, 0o600) }, { symlink(".", path) },
    ] {
      #expect(make() == 0)
      let outcome = try program.run("run", "a.me", "--quiet")
      #expect(
        outcome.status == 5 && outcome.errors.contains("qwen2.5-vl-mini-0"), "\(outcome.errors)")
      unlink(path)
    }
  }

  @Test(arguments: ["config.json", "tokenizer_config.json", "model.safetensors"])
  func aFileThatIsMissingInACheckpointIsAnInput(name: String) throws {
    let program = try Program(copiesData: true)
    try program.write(SmallExperiment.text, to: "a.me")
    let path = "data/checkpoints/qwen2.5-vl-mini-0/\(name)"
    try program.edit(
      name == "model.safetensors" ? "data/checkpoints/qwen2.5-vl-mini-0/config.json" : path
    ) {
      String($0.prefix(20))
    }
    let cut = try program.run("run", "a.me", "--quiet")
    #expect(cut.status == 5, "\(cut.errors)")
    try FileManager.default.removeItem(atPath: "\(program.folder)/\(path)")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 5, "\(outcome.errors)")
  }

  // MARK: Seeds

  @Test func aSeedStandsAboveWhatItDecides() throws {
    let program = try Program()
    for line in [
      "let d = dataset(\"tune\", count: 1)",
      "print autoencoder_loss(model(\"cogvideox-1.5-5b\"), data: dataset(\"tune\", count: 1))",
    ] {
      try program.write("me 1\n\(line)\nseed 2\n", to: "a.me")
      let outcome = try program.run("check", "a.me")
      #expect(
        outcome.status == 2 && outcome.errors.contains("E0202"),
        "\(outcome.output) \(outcome.errors)")
    }
    // Through a function it is found when the script runs.
    try program.write(
      "me 1\nfn f() { dataset(\"tune\", count: 1) }\nlet d = f()\nseed 2\nprint d\n", to: "a.me")
    #expect(try program.run("run", "a.me").status != 0)
  }

  // MARK: save

  /// Killed at every place of it, a run that saves goes on; what is there is whole.
  @Test func aSaveThatIsKilledLeavesAWholeFolder() throws {
    let text = "me 1\nprint save(model(\"qwen2.5-vl-7b\"), to: \"data/checkpoints/mine\")\n"
    let program = try Program(copiesData: true)
    try program.write(text, to: "a.me")
    let folder = "data/checkpoints/mine"
    for count in [8, 12, 16, 20, 24, 28] {
      _ = try program.run(
        "run", "a.me", "--quiet", environment: ["MEREPL_TEST_KILL": "any \(count)"])
      let names = Set(program.files(below: folder).map { ($0 as NSString).lastPathComponent })
      #expect(names.isEmpty || names.count == 5, "\(names)")
    }
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(program.files(below: folder).count == 5)
    let leftovers = try FileManager.default.contentsOfDirectory(
      atPath: "\(program.folder)/data/checkpoints"
    ).filter { $0.hasPrefix(".") }
    #expect(leftovers.isEmpty)
  }
}
