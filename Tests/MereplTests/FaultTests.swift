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
    #expect(resumed.errors.contains("going on after step 3"), "\(resumed.errors)")
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
    #expect(resumed.status == 0 && resumed.errors.contains("it begins anew"), "\(resumed.errors)")
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
    #expect(stopped.status == 143 && stopped.errors.contains("finished results are kept"))
    // The interval is longer than the run was: the stop itself kept the state.
    #expect(program.files(below: ".merepl/training").count == 1, "\(stopped.errors)")
    let resumed = try program.run("run", "a.me", environment: ["MEREPL_TEST_KILL": "step 2"])
    #expect(resumed.errors.contains("going on after step"), "\(resumed.errors)")
  }

  // MARK: Disk

  @Test func aFullDiskIsAClearErrorAndLosesNothing() throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    // No file may grow beyond 100 KiB: a model does not fit.
    let shell = program.process([])
    shell.executableURL = URL(filePath: "/bin/bash")
    shell.arguments = ["-c", "ulimit -f 100; exec \"$0\" run a.me --quiet", Program.path]
    let errors = Pipe()
    shell.standardError = errors
    shell.standardOutput = FileHandle.nullDevice
    try shell.run()
    let message = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationReason == .exit && shell.terminationStatus == 1)
    #expect(message.contains("cannot write") && message.contains("File too large"), "\(message)")
    #expect(!program.exists("a.lock"))
    #expect(!program.files(below: ".merepl").contains { $0.contains(".tmp-") })
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    #expect(try program.read("a.lock") == SmallExperiment.lock)
  }

  @Test func aFolderThatCannotBeWrittenIsAClearError() throws {
    let program = try Program()
    try program.write(SmallExperiment.text, to: "a.me")
    // Also for root, who may write everywhere: a file stands where the folder should be.
    try program.write("", to: ".merepl")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(outcome.errors.contains("cannot make the folder"), "\(outcome.errors)")
    try FileManager.default.removeItem(atPath: "\(program.folder)/.merepl")
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/a.lock", withIntermediateDirectories: true)
    let locked = try program.run("run", "a.me", "--quiet")
    #expect(locked.status == 1 && locked.errors.contains("a.lock"), "\(locked.errors)")
  }

  // MARK: Damage

  @Test func aFlippedBitAnywhereInTheStoreChangesNoResult() throws {
    let program = try SmallExperiment.finished()
    let files = program.files(below: ".merepl/objects")
    #expect(files.count >= 5)
    for file in files { try program.flipBit(in: file) }
    let again = try program.run("run", "a.me", "--quiet")
    #expect(again.status == 0 && again.errors.contains("damaged"), "\(again.errors)")
    #expect(try program.read("a.lock") == SmallExperiment.lock)
    // The damage is mended.
    #expect(try program.run("run", "a.me", "--quiet").errors == "")

    try program.flipBit(in: ".merepl/journal.log")
    for clip in program.files(below: ".merepl/clips").filter({ $0.hasSuffix("mp4") }) {
      try program.flipBit(in: clip)
    }
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
}

/// Tests that take minutes run where `make soak` asks for them.
enum Soak {
  static let isOn = ProcessInfo.processInfo.environment["MEREPL_SOAK"] == "1"
}
