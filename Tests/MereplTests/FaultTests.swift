import Foundation
import Testing

/// Runs that end in the middle, and stores that are not as they were left: no wrong result, a clear
/// message, nothing lost.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct FaultTests {
  /// Runs the small experiment with a place at which it is killed, then again, and compares.
  private func killAndResume(_ place: String, _ text: String = SmallExperiment.text) throws -> Bool
  {
    let program = try Program()
    try program.write(text, to: "a.me")
    let killed = try program.run(
      "run", "a.me", "--quiet", environment: ["MEREPL_TEST_KILL": place])
    let resumed = try program.run("run", "a.me", "--quiet")
    #expect(resumed.status == 0, "\(place): \(resumed.errors)")
    #expect(try program.read("a.lock") == SmallExperiment.lock, "\(place)")
    return killed.signal == SIGKILL
  }

  @Test(arguments: [
    "created 2", "halfWritten 3", "written 4", "rename 3", "renamed 2", "journal 2", "journalled 1",
    "journalled 4", "step 2", "insideStep 2",
  ])
  func aKilledRunGoesOnToTheSameBits(place: String) throws {
    #expect(try killAndResume(place), "never came to \(place)")
  }

  /// All places, one after the other.
  @Test(.enabled(if: Soak.isOn, "make soak"))
  func aRunKilledAnywhereGoesOnToTheSameBits() throws {
    var count = 1
    while try killAndResume("any \(count)") { count += 1 }
    #expect(count > 50, "only \(count) places")
  }

  /// All places of all trainings, each of which keeps its state after every step, and of results in
  /// parts. The results of the steps before are there already, so that each place is soon reached.
  @Test(.enabled(if: Soak.isOn, "make soak"), arguments: 1..<7)
  func aTrainingKilledAnywhereGoesOnToTheSameBits(stage: Int) throws {
    let text = Self.stages[...stage].joined(separator: "\n") + "\n"
    let every: [String: String?] = ["MEREPL_CHECKPOINT_SECONDS": "0"]
    let before = try Program()
    try before.write(Self.stages[..<stage].joined(separator: "\n") + "\n", to: "a.me")
    #expect(try before.run("run", "a.me", "--quiet").status == 0)
    func begun() throws -> Program {
      let program = try Program()
      try FileManager.default.copyItem(
        atPath: "\(before.folder)/.merepl", toPath: "\(program.folder)/.merepl")
      try program.write(text, to: "a.me")
      return program
    }
    let whole = try begun()
    let undisturbed = try whole.run("run", "a.me", "--quiet")
    #expect(undisturbed.status == 0, "\(undisturbed.errors)")
    var count = 1
    while true {
      let program = try begun()
      let killed = try program.run(
        "run", "a.me", "--quiet",
        environment: every.merging(["MEREPL_TEST_KILL": "any \(count)"]) { $1 })
      let resumed = try program.run("run", "a.me", "--quiet", environment: every)
      #expect(resumed.status == 0, "\(count): \(resumed.errors)")
      #expect(resumed.output == undisturbed.output, "\(count)")
      #expect(program.results == whole.results, "\(count)")
      if killed.signal != SIGKILL { break }
      count += 1
    }
    #expect(count > 20, "only \(count) places")
  }

  /// Each stage is made from the one before; what is printed is a hash of the whole model.
  private static let stages = [
    """
    me 1
    seed 11
    let few = dataset("vdm-pretrain", count: 3)
    let clips = dataset("sft-25k", count: 3)
    """,
    """
    let vae = train_vae("cogvideox-1.5-5b", data: few, steps: 3, batch: 2)
    print(save(vae, to: "out/vae"))
    """,
    """
    let vdm = train_vdm(vae, data: few, steps: 3, batch: 2, grounding: 0.5)
    print(save(vdm, to: "out/vdm"))
    """,
    """
    let priors = extract(vdm, data: clips, steps: 1)
    table "Error" { row "all": reconstruction(priors) }
    """,
    """
    let tower = train_vision("qwen2.5-vl-7b", data: few, steps: 3, batch: 2)
    print(save(tower, to: "out/tower"))
    """,
    """
    let vlm = train_decoder(tower, data: few, steps: 3, batch: 2)
    print(save(vlm, to: "out/vlm"))
    """,
    """
    let aims = priors |> select_heads() |> select_tokens()
    let tuned = finetune(vlm, data: clips, align: aims, samples: 3, steps: 3, batch: 2)
    print(save(tuned, to: "out/tuned"))
    table "Score" {
      row "all": evaluate(tuned, on: [motionbench], split: "tune", questions: 1)
    }
    """,
  ]

  // MARK: Training

  @Test(arguments: ["step 4", "insideStep 4"])
  func trainingGoesOnFromItsLastState(place: String) throws {
    let text = SmallExperiment.text.replacing("int = 2", with: "int = 6")
    let (undisturbed, program) = (try Program(), try Program())
    for one in [undisturbed, program] { try one.write(text, to: "a.me") }
    #expect(try undisturbed.run("run", "a.me", "--quiet").status == 0)
    let every: [String: String?] = ["MEREPL_CHECKPOINT_SECONDS": "0"]
    let killed = try program.run(
      "run", "a.me", environment: every.merging(["MEREPL_TEST_KILL": place]) { $1 })
    #expect(killed.signal == SIGKILL)
    #expect(program.files(below: ".merepl/training").count == 1)
    let resumed = try program.run("run", "a.me", environment: every)
    #expect(resumed.status == 0)
    #expect(resumed.errors.contains("resuming training after step 3"), "\(resumed.errors)")
    #expect(try program.read("a.lock") == undisturbed.read("a.lock"))
    #expect(program.files(below: ".merepl/training").isEmpty)
    // The loss curve of the record is whole.
    let record = try program.read(try #require(program.files(below: ".merepl/runs").last))
    #expect(record.contains("\"steps\":6") || record.contains("\"steps\": 6"))
  }

  @Test func aDamagedStateIsLeftAside() throws {
    let text = SmallExperiment.text.replacing("int = 2", with: "int = 6")
    let (undisturbed, program) = (try Program(), try Program())
    for one in [undisturbed, program] { try one.write(text, to: "a.me") }
    #expect(try undisturbed.run("run", "a.me", "--quiet").status == 0)
    _ = try program.run(
      "run", "a.me",
      environment: ["MEREPL_CHECKPOINT_SECONDS": "0", "MEREPL_TEST_KILL": "step 4"])
    try program.flipBit(in: try #require(program.files(below: ".merepl/training").first))
    let resumed = try program.run("run", "a.me")
    #expect(
      resumed.status == 0 && resumed.errors.contains("restarting the training"), "\(resumed.errors)"
    )
    #expect(try program.read("a.lock") == undisturbed.read("a.lock"))
  }

  @Test func whoStopsATrainingKeepsWhatItReached() throws {
    let program = try Program()
    let text = SmallExperiment.text.replacing("int = 2", with: "int = 1000")
      .replacing("let one", with: "print(\"begun\")\nlet one")
    try program.write(text, to: "a.me")
    let stopped = try program.run("run", "a.me") { process in
      usleep(700_000)
      kill(process.processIdentifier, SIGTERM)
    }
    #expect(stopped.status == 143 && stopped.errors.contains("finished work is saved"))
    // The interval is longer than the run was: the stop itself kept the state.
    #expect(program.files(below: ".merepl/training").count == 1, "\(stopped.errors)")
    let resumed = try program.run("run", "a.me", environment: ["MEREPL_TEST_KILL": "step 2"])
    #expect(resumed.errors.contains("resuming training after step"), "\(resumed.errors)")
  }

  // MARK: Results in parts

  /// Six clips through the diffusion model, and what is asked of each afterwards.
  private static let extraction = """
    me 1
    seed 4
    let vdm = model("cogvideox-1.5-5b")
    let clips = dataset("sft-25k", count: 6)
    table "Error" { row "all": reconstruction(extract(vdm, data: clips, steps: 1)) }
    table "Text" { row "all": text_use(vdm, data: clips, timesteps: [99]) }
    table "Score" {
      row "all": evaluate(model("qwen2.5-vl-7b"), on: [motionbench], split: "tune", questions: 1)
    }

    """

  private static let undisturbed = Result {
    let program = try Program()
    try program.write(extraction, to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet")
    return (lock: try program.read("a.lock"), results: program.results, status: outcome.status)
  }

  /// Places in the first part, between two parts and within the writing of one; on one thread, so
  /// that parts come one after the other.
  @Test(arguments: [
    ("part 5", "extracting", 4), ("halfWritten 15", "extracting", 2),
    ("rename 17", "extracting", 5),
    ("part 9", "measuring text use", 2), ("part 14", "scoring", 1),
  ])
  func clipsThatAreDoneAreKept(place: String, what: String, done: Int) throws {
    let whole = try Self.undisturbed.get()
    #expect(whole.status == 0)
    let program = try Program()
    try program.write(Self.extraction, to: "a.me")
    let killed = try program.run(
      "run", "a.me", "--threads", "1", environment: ["MEREPL_TEST_KILL": place])
    #expect(killed.signal == SIGKILL, "never came to \(place)")
    #expect(killed.errors.split(separator: "\n").last?.contains(what) == true, "\(killed.errors)")
    #expect(program.parts.count == done)
    let resumed = try program.run("run", "a.me")
    #expect(resumed.errors.contains("resuming: \(done) of "), "\(resumed.errors)")
    #expect(try resumed.status == 0 && program.read("a.lock") == whole.lock)
    // Every stored byte, not only those that the lock names.
    #expect(program.results == whole.results)
    #expect(program.files(below: ".merepl/partial").isEmpty)
  }

  @Test func onlyClipsThatAreMissingOrDamagedAreComputed() throws {
    let program = try Program()
    try program.write(Self.extraction, to: "a.me")
    _ = try program.run(
      "run", "a.me", "--threads", "1", environment: ["MEREPL_TEST_KILL": "part 5"])
    // Two clips are missing: whoever comes to a third part would be killed.
    let copy = try Program()
    for one in [".merepl", "a.me"] {
      try FileManager.default.copyItem(
        atPath: "\(program.folder)/\(one)", toPath: "\(copy.folder)/\(one)")
    }
    let third: [String: String?] = ["MEREPL_TEST_KILL": "part 3"]
    let short = Self.extraction.components(separatedBy: "table \"Text\"")[0]
    for one in [program, copy] { try one.write(short, to: "a.me") }
    #expect(try program.run("run", "a.me", environment: third).status == 0)
    for part in copy.parts.prefix(2) { try copy.flipBit(in: part) }
    let damaged = try copy.run("run", "a.me", environment: third)
    #expect(damaged.signal == SIGKILL && damaged.errors.contains("is corrupt"))
    let mended = try copy.run("run", "a.me", "--quiet")
    #expect(mended.status == 0, "\(mended.errors)")
    #expect(copy.results == program.results && copy.parts.isEmpty)
  }

  // MARK: Damage

  @Test func aFlippedBitAnywhereInTheStoreChangesNoResult() throws {
    let program = try SmallExperiment.finished()
    let files = program.files(below: ".merepl/objects")
    #expect(files.count >= 5)
    for file in files { try program.flipBit(in: file) }
    let again = try program.run("run", "a.me", "--quiet")
    #expect(again.status == 0 && again.errors.contains("corrupt"), "\(again.errors)")
    #expect(try program.read("a.lock") == SmallExperiment.lock)
    // The damage is mended.
    #expect(try program.run("run", "a.me", "--quiet").errors == "")

    try program.flipBit(in: ".merepl/journal.log")
    for file in program.files(below: ".merepl/objects") {
      try FileManager.default.removeItem(atPath: "\(program.folder)/\(file)")
    }
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    #expect(try program.read("a.lock") == SmallExperiment.lock)
  }

  @Test func twoRunsAtOnceShareOneStore() throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    let processes = try ["x", "y"].map { name in
      let process = program.process(["run", "a.me", "--out", name])
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      return process
    }
    for process in processes { process.waitUntilExit() }
    #expect(processes.map(\.terminationStatus) == [0, 0])
    #expect(try program.read("x/a.lock") == SmallExperiment.lock)
    #expect(try program.read("y/a.lock") == SmallExperiment.lock)
    // Each result was computed by one of them.
    let records = try program.files(below: ".merepl/runs").map { try program.read($0) }
    #expect(records.count == 2)
    let computed = records.reduce(0) {
      $0 + $1.components(separatedBy: "\"outcome\": \"run\"").count - 1
    }
    #expect(computed == 4, "model, finetune and two evaluations")
  }

  @Test func aClockSetBackChangesNothing() throws {
    let program = try SmallExperiment.finished()
    let future = Date(timeIntervalSinceNow: 40 * 365 * 86_400)
    for file in program.files(below: ".merepl") {
      try FileManager.default.setAttributes(
        [.modificationDate: future], ofItemAtPath: "\(program.folder)/\(file)")
    }
    let again = try program.run("run", "a.me")
    #expect(again.status == 0 && !again.errors.contains("fine-tuning"), "\(again.errors)")
    #expect(try program.read("a.lock") == SmallExperiment.lock)
    let cleaned = try program.run("gc", "--older-than", "0s", "--dry-run")
    #expect(cleaned.status == 0, "\(cleaned.errors)")
  }

  /// A store that came with somebody else's folder may have links where its folders belong.
  @Test(arguments: ["verify", "training", "scratch", "partial"])
  func gcFollowsNoLink(name: String) throws {
    let program = try Program()
    let files = FileManager.default
    let key = String(repeating: "ab", count: 32)
    try files.createDirectory(
      atPath: "\(program.folder)/mine/\(key)", withIntermediateDirectories: true)
    try program.write("kept", to: "mine/file")
    for path in ["mine/\(key)", "mine/file"] {
      try files.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1e9)],
        ofItemAtPath: "\(program.folder)/\(path)")
    }
    try files.createDirectory(
      atPath: "\(program.folder)/.merepl", withIntermediateDirectories: true)
    try files.createSymbolicLink(
      atPath: "\(program.folder)/.merepl/\(name)", withDestinationPath: "../mine")
    #expect(try program.run("gc", "--older-than", "0s").status == 0)
    #expect(program.exists("mine/file") && program.exists("mine/\(key)"))
  }
}

extension Program {
  /// Names of all stored results and of their parts: the hashes of their bytes.
  fileprivate var results: [String] {
    files(below: ".merepl/objects").filter { !$0.contains("/.tmp-") }
  }

  /// Finished parts of results that are not whole.
  fileprivate var parts: [String] {
    files(below: ".merepl/partial").filter { !$0.contains("/.tmp-") }
  }
}

/// Tests that take minutes run where `make soak` asks for them.
enum Soak {
  static let isOn = ProcessInfo.processInfo.environment["MEREPL_SOAK"] == "1"
}
