import Canonical
import Experiments
import Foundation
import JSON
import Testing

/// `status`, `runs`, `diff` and `gc` on a repository of one experiment.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct StatusTests {
  private func repository() throws -> Program {
    let program = try Program()
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/experiments", withIntermediateDirectories: true)
    try program.write(SmallExperiment.text, to: "experiments/a.me")
    return program
  }

  @Test func anExperimentGoesFromOpenToVerifiedAndStale() throws {
    let program = try repository()
    try program.write(
      "Text.\n<!-- merepl status: begin -->\n<!-- merepl status: end -->\nMore.\n",
      to: "REPRODUCE.md")
    func status() throws -> String { try program.run("status", "--quiet").output }
    #expect(try status().contains("no lock"))
    #expect(try program.run("run", "experiments/a.me", "--quiet").status == 0)
    let locked = try status()
    #expect(locked.contains("locked, 3 results, 2 cells"), "\(locked)")
    #expect(locked.contains("1 not supported") && !locked.contains("verified"))
    #expect(try program.run("verify", "experiments/a.me", "--quiet").status == 0)
    #expect(try status().contains("verified: yes"))
    let page = try program.read("REPRODUCE.md")
    #expect(page.hasPrefix("Text.\n") && page.hasSuffix("\nMore.\n"))
    #expect(page.contains("| experiments/a.me | "), "\(page)")
    #expect(page.contains(" | 3 | 2 | locked | yes | 1 not supported | "), "\(page)")

    // Another machine, without records: what is written stays, for the lock is the same.
    for file in program.files(below: ".merepl/runs") {
      try FileManager.default.removeItem(atPath: "\(program.folder)/\(file)")
    }
    #expect(try status().contains("locked"))
    #expect(try program.read("REPRODUCE.md") == page)

    try program.edit("experiments/a.me") { $0.replacing("int = 2", with: "int = 3") }
    #expect(try status().contains("stale"))
    try program.write("nonsense", to: "experiments/a.lock")
    #expect(try status().contains("corrupt"))
    try program.write("me 1\nprint(x)\n", to: "experiments/a.me")
    #expect(try program.run("status", "--no-write").output.contains("corrupt"))
  }

  @Test func twoRunsAreComparedCellByCell() throws {
    let program = try repository()
    #expect(try program.run("run", "experiments/a.me", "--quiet").status == 0)
    try FileManager.default.copyItem(
      atPath: "\(program.folder)/experiments/a.lock", toPath: "\(program.folder)/old.lock")
    #expect(try program.run("run", "experiments/a.me", "--quiet", "--set", "steps=40").status == 0)
    let list = try program.run("runs").output.split(separator: "\n")
    #expect(list.count == 2 && list[0].contains("4 computed, 0 cached"), "\(list)")
    #expect(list[1].contains("--set steps=40"))
    let first = String(list[0].prefix { $0 != " " })

    let diff = try program.run("diff", first, "last")
    #expect(
      diff.output.contains("inputs: finetune: steps 2 -> 40"), "\(diff.output) \(diff.errors)")
    let inputs = try summary(program.run("diff", first, "last", "--json").output)
    #expect(try inputs.strings("inputs") == ["finetune: steps 2 -> 40"])
    #expect(try inputs.keys().contains("first_divergence"))
    #expect(try inputs.find("first_divergence") == nil)
    let same = try program.run("diff", first, first)
    #expect(same.status == 0 && same.output.contains("0 of 3 cells changed"), "\(same.output)")
    try program.edit("old.lock") { text in
      text.replacing(
        "claim scores differ = text not supported", with: "claim scores differ = text supported")
    }
    let edited = try program.run("diff", "old.lock", "experiments/a.me", "--json")
    #expect(
      edited.status == 3 && edited.output.contains("supported -> not supported"), "\(edited.output)"
    )
    let text = try summary(edited.output)
    #expect(try text.int("moved") == edited.output.split(separator: "\n").count - 1)
    #expect(try text.int("cells") == 3)
    #expect(try program.run("diff", "nothing", "last").status == 5)
    var moved = try Lockfile(parsing: try program.read("old.lock"))
    moved.setCell(table: "Scores", row: "tune", column: "value", .numbers([1]))
    moved.setCell(table: "Scores", row: "single", column: "value", .numbers([2]))
    try program.write(moved.text, to: "one.lock")
    moved.setCell(table: "Scores", row: "tune", column: "value", .numbers([3.5]))
    try program.write(moved.text, to: "two.lock")
    let amount = try program.run("diff", "one.lock", "two.lock")
    #expect(
      amount.status == 3 && amount.output.contains("1 of 3 cells changed")
        && amount.output.contains("tune | value: 1 -> 3.5 (largest change of a value: 2.5)"),
      "\(amount.output)")
  }

  /// The place where two runs part: other inputs, or the same inputs and other bits.
  @Test func theStepFromWhichTwoRunsPartIsNamed() throws {
    let program = try repository()
    for _ in 0..<2 {
      #expect(try program.run("run", "experiments/a.me", "--quiet").status == 0)
      try FileManager.default.removeItem(atPath: "\(program.folder)/.merepl/objects")
    }
    let records = program.files(below: ".merepl/runs")
    #expect(records.count == 2)
    let names = records.map {
      (($0 as NSString).lastPathComponent as NSString).deletingPathExtension
    }
    #expect(try program.run("diff", names[0], names[1]).status == 0)
    // As if the second one had been computed with other bits from the fine-tuning on.
    let record = JSONNode(
      try JSONValue(parsing: Array(try program.read(records[1]).utf8), source: "record"))
    let step = try #require(
      try record.objects("steps").first { try $0.string("name").hasPrefix("finetune") })
    let content = try step.string("content")
    try program.edit(records[1]) {
      $0.replacing(content, with: String(repeating: "a", count: 64))
    }
    let diff = try program.run("diff", names[0], names[1])
    #expect(diff.output.contains("finetune no alignment, stream 0"), "\(diff.output)")
    let lines = try program.run("diff", names[0], names[1], "--json").output
    let first = try summary(lines).object("first_divergence")
    #expect(try first.string("name").hasPrefix("finetune no alignment, stream 0"), "\(lines)")
    #expect(try first.string("key") == String(step.string("key").prefix(16)))
    #expect(try first.string("before") == content)
    #expect(try first.string("after") == String(repeating: "a", count: 64))
    // Two locks name it, too.
    let lock = try program.read("experiments/a.lock")
    let result = try #require(
      try Lockfile(parsing: lock).results.min {
        ($0.command, $0.label, $0.key) < ($1.command, $1.label, $1.key)
      })
    try program.write(
      lock.replacing(result.content.hex, with: String(repeating: "a", count: 64)), to: "two.lock")
    let locks = try program.run("diff", "experiments/a.lock", "two.lock", "--json").output
    let other = try summary(locks).object("first_divergence")
    #expect(try other.string("name") == "\(result.command) \(result.label)", "\(locks)")
    #expect(try other.string("key") == result.key)
    #expect(try other.string("before") == result.content.hex)
    #expect(try other.string("after") == String(repeating: "a", count: 64))
  }

  /// The last line of what `--json` writes.
  private func summary(_ output: String) throws -> JSONNode {
    let last = try #require(output.split(separator: "\n").last)
    let node = JSONNode(try JSONValue(parsing: Array(last.utf8), source: "output"))
    #expect(try node.string("kind") == "summary")
    return node
  }

  /// Everything that a reader of the record needs, in a repository with changes.
  @Test func theRecordSaysFromWhichSourcesAndOnWhichMachine() throws {
    let program = try repository()
    func git(_ arguments: String...) throws -> String {
      let process = Process()
      process.executableURL = URL(filePath: "/usr/bin/git")
      process.arguments =
        ["-C", program.folder, "-c", "user.name=n", "-c", "user.email=e@example.org"] + arguments
      let output = Pipe()
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try process.run()
      let data = try output.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      return String(decoding: data, as: UTF8.self)
    }
    _ = try git("init", "-q")
    _ = try git("add", "experiments")
    _ = try git("commit", "-q", "-m", "first")
    let commit = try git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(commit.count == 40)
    try program.edit("experiments/a.me") { $0.replacing("seed 3", with: "seed 30") }
    #expect(
      try program.run("run", "experiments/a.me", "--set", "steps=3", "--threads", "2").status == 0)
    let record = JSONNode(
      try JSONValue(
        parsing: Array(
          try program.read(try #require(program.files(below: ".merepl/runs").first)).utf8),
        source: "record"))
    let source = try record.object("source")
    #expect(try source.string("commit") == commit && source.bool("dirty"))
    #expect(try source.strings("changed_files").contains("experiments/a.me"))
    let patch = try source.string("patch")
    #expect(patch.contains("-seed 3\n") && patch.contains("+seed 30\n"))
    #expect(
      try record.strings("arguments").dropFirst()
        == ["run", "experiments/a.me", "--set", "steps=3", "--threads", "2"])
    // The texts of the script and the key of every result, which holds the hash of every input.
    let script = try record.object("script")
    #expect(
      try script.object("texts").string("experiments/a.me")
        == ContentHash(of: Array(try program.read("experiments/a.me").utf8)).hex)
    #expect(try script.object("set").string("steps") == "3")
    let keys = try record.objects("keys").map { try CacheKey(json: $0) }
    let model = try #require(keys.first { $0.command == "model" })
    #expect(model.arguments.contains { $0.name == "files" })
    let versions = try record.object("versions")
    for library in ["merepl", "oneDNN", "C library"] {
      #expect(try versions.string(library).contains(/[0-9]\.[0-9]/), "\(library)")
    }
    #expect(try versions.string("merepl") == program.run("--version").output.dropLast())
    let machine = try record.object("machine")
    #expect(try !machine.string("processor").isEmpty)
    #expect(try machine.strings("instruction_sets").prefix(2) == ["avx2", "fma"])
    #expect(try record.object("settings").int("threads") == 2)
    #expect(try record.object("settings").string("precision") == "portable")
    let steps = try record.objects("steps")
    #expect(steps.count >= 3)
    for step in steps {
      #expect(try step.double("seconds") > 0 && step.int("peak_memory_bytes") > 1_000_000)
    }
    #expect(try record.objects("loss_curves").count == 1 && record.strings("warnings").isEmpty)
  }

  @Test func cleaningUpNeverTakesWhatALockNames() throws {
    let program = try repository()
    #expect(try program.run("run", "experiments/a.me", "--quiet").status == 0)
    let lock = try program.read("experiments/a.lock")
    #expect(
      try program.run("gc", "--keep", "0M", "--dry-run").output.contains("would remove 1 results"))
    let listed = try program.run("gc", "--keep", "0M", "--dry-run", "--json").output
      .split(separator: "\n")
    #expect(listed.count == 2 && listed[1].contains("\"would_remove\":1"), "\(listed)")
    let removed = try program.run("gc", "--keep", "0M", "--json")
    #expect(removed.output.contains("\"removed\":1"), "\(removed.output)")
    // What the lock names is there still: nothing has to be computed for it.
    let again = try program.run("run", "experiments/a.me")
    #expect(again.status == 0 && !again.errors.contains("fine-tuning"), "\(again.errors)")
    #expect(try program.read("experiments/a.lock") == lock)
    #expect(try program.run("gc", "--keep", "x").status == 64)
  }

  @Test func cleaningUpTakesLeftoversThatAreAWeekOld() throws {
    let program = try repository()
    #expect(try program.run("run", "experiments/a.me", "--quiet").status == 0)
    let hash = ContentHash(of: [1]).hex
    let old = ["training/old.state", "verify/old/store/file", "partial/\(hash)/0-\(hash)"]
    let other = ContentHash(of: [2]).hex
    let young = old.map { $0.replacing("old", with: "young").replacing(hash, with: other) }
    for name in old + young {
      let path = "\(program.folder)/.merepl/\(name)"
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try program.write("x", to: ".merepl/\(name)")
    }
    for name in old {
      // The training's file, the folders of the others.
      let place = name.split(separator: "/").prefix(2).joined(separator: "/")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: -8 * 86_400)],
        ofItemAtPath: "\(program.folder)/.merepl/\(place)")
    }
    let gone = try program.run("gc")
    #expect(gone.output.contains("removed 0 results, 3 files"), "\(gone.output)")
    for name in old { #expect(!program.exists(".merepl/\(name)"), "\(name)") }
    for name in young { #expect(program.exists(".merepl/\(name)"), "\(name)") }
  }

  @Test func theDoctorSeesAChangedCheckpoint() throws {
    let program = try Program(copiesData: true)
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/experiments", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(Program.repository)/experiments/pretrain.lock",
      toPath: "\(program.folder)/experiments/pretrain.lock")
    let well = try program.run("doctor")
    #expect(well.output.contains("matches experiments/pretrain.lock"), "\(well.output)")
    try program.flipBit(in: "data/checkpoints/qwen2.5-vl-mini-0/model.safetensors")
    // No name is cut, and --json has the same checks.
    #expect(well.output.contains("data/checkpoints/qwen2.5-vl-mini-0 "), "\(well.output)")
    let json = try program.run("doctor", "--json").output.split(separator: "\n")
    #expect(json.count == well.output.split(separator: "\n").count)
    for line in json {
      let check = JSONNode(try JSONValue(parsing: Array(line.utf8), source: "doctor"))
      #expect(try !check.string("name").isEmpty && check.keys().contains("ok"))
    }
    let ill = try program.run("doctor")
    #expect(ill.status == 1 && ill.output.contains("differs from experiments/"), "\(ill.output)")
  }
}
