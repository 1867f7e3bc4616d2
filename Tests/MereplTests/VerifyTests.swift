import Experiments
import Foundation
import JSON
import Testing

/// `verify`: what is as it was, and everything that can be wrong with a lock.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct VerifyTests {
  @Test func aLockIsVerifiedFromNothing() throws {
    let program = try SmallExperiment.finished()
    let outcome = try program.run("verify", "a.me", "--json", "--quiet")
    #expect(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
    let lines = try outcome.output.split(separator: "\n").map {
      JSONNode(try JSONValue(parsing: Array($0.utf8), source: "verify"))
    }
    let cells = try lines.filter { try $0.string("kind") == "cell" }
    #expect(
      try cells.map { try $0.string("verdict") } == [
        "bit-identical", "bit-identical", "bit-identical",
      ])
    #expect(
      try lines.contains {
        try $0.string("kind") == "figure" && $0.string("verdict") == "bit-identical"
      })
    let claim = try #require(try lines.first { try $0.string("kind") == "claim" })
    #expect(try claim.string("verdict") == "not supported")
    let summary = try #require(lines.last)
    #expect(try summary.bool("verified") && summary.int("recomputed") == 3)
    // The recomputation used a store of its own and left it behind nowhere.
    #expect(program.files(below: ".merepl/verify").isEmpty)
  }

  /// What an interrupted verification left is used only when that is asked for, and then said.
  @Test func onlyAResumedVerificationReads() throws {
    let program = try SmallExperiment.finished()
    func interrupt() throws {
      let killed = try program.run(
        "verify", "a.me", "--quiet", environment: ["MEREPL_TEST_KILL": "journal 3"])
      #expect(killed.signal == SIGKILL, "never came to the third result")
    }
    try interrupt()
    let fresh = try program.run("verify", "a.me", "--quiet")
    #expect(fresh.status == 0 && fresh.output.contains("3 results recomputed"), "\(fresh.output)")
    try interrupt()
    let resumed = try program.run("verify", "a.me", "--quiet", "--resume")
    #expect(
      resumed.status == 0
        && resumed.output.contains(
          "2 results recomputed; 1 reused from the interrupted verification"),
      "\(resumed.output) \(resumed.errors)")
    // Of another script nothing is read.
    try interrupt()
    try program.edit("a.me") { $0 + "print \"more\"\n" }
    let other = try program.run("verify", "a.me", "--quiet", "--resume")
    #expect(other.output.contains("3 results recomputed"), "\(other.output) \(other.errors)")
  }

  @Test func aNumberThatWasMadeUpIsFound() throws {
    let program = try SmallExperiment.finished()
    var lock = try Lockfile(parsing: try program.read("a.lock"))
    lock.setCell(table: "Scores", row: "tune", column: "value", .numbers([99]))
    try program.write(lock.text, to: "a.lock")
    let outcome = try program.run("verify", "a.me", "--quiet")
    #expect(outcome.status == 3)
    #expect(outcome.output.contains("differs: Scores | tune | value (lock 99"), "\(outcome.output)")
    #expect(outcome.output.contains("does not match the lock"))
    let near = try program.run("verify", "a.me", "--quiet", "--tolerance", "100")
    #expect(near.status == 0 && near.output.contains("1 within tolerance"), "\(near.output)")
  }

  @Test func aResultThatWasMadeUpIsFoundAndNamed() throws {
    let program = try SmallExperiment.finished()
    var lock = try Lockfile(parsing: try program.read("a.lock"))
    let old = try #require(lock.results.first { $0.label.contains("single") })
    try program.edit("a.lock") {
      $0.replacing(old.content.hex, with: String(repeating: "a", count: 64))
    }
    lock = try Lockfile(parsing: try program.read("a.lock"))
    let outcome = try program.run("verify", "a.me", "--quiet")
    #expect(outcome.status == 3)
    #expect(
      outcome.output.contains("first step that diverged: evaluate no alignment, stream 0, single"),
      "\(outcome.output)")
    #expect(outcome.output.contains("the cached result differs from the lock"))
  }

  /// Figures are compared with the files in `figures/`: lines that are a hair's breadth off, other
  /// lines, another text, no file.
  @Test func aFigureThatWasChangedIsGraded() throws {
    let program = try SmallExperiment.finished()
    let name = "figures/scores.svg"
    let drawn = try program.read(name)
    let width = try #require(drawn.firstMatch(of: /d='M([0-9]+)\.([0-9]+),/))
    let number = try #require(Double("\(width.1).\(width.2)"))
    func moved(by distance: Double) -> String {
      drawn.replacingCharacters(
        in: width.1.startIndex..<width.2.endIndex,
        with: String(format: "%.3f", number + distance))
    }
    for (text, verdict, status) in [
      (moved(by: 0.004), "within tolerance", 0), (moved(by: 0.5), "differs", 3),
      (drawn.replacing("accuracy", with: "inaccuracy"), "differs", 3),
      // The digits of a text are text: a hair's breadth of a number is another number.
      (drawn.replacing(/>(\s*[0-9]+)</, maxReplacements: 1) { ">\($0.1).001<" }, "differs", 3),
      (drawn, "bit-identical", 0), (nil, "not attempted", 0),
    ] as [(String?, String, Int32)] {
      if let text {
        try program.write(text, to: name)
      } else {
        try FileManager.default.removeItem(atPath: "\(program.folder)/\(name)")
      }
      let outcome = try program.run("verify", "a.me", "--json", "--quiet")
      #expect(outcome.status == status, "\(verdict): \(outcome.output)")
      let line = outcome.output.split(separator: "\n").first { $0.contains("\"figure\"") }
      #expect(line?.contains("\"\(verdict)\"") == true, "\(verdict): \(line ?? "")")
    }
  }

  /// A sample leaves open what was not chosen, not what the script does not make at all.
  @Test func aSampleFindsWhatWasAdded() throws {
    let program = try SmallExperiment.finished()
    let honest = try program.read("a.lock")
    let result = try #require(
      honest.split(separator: "\n").first { $0.hasPrefix("result evaluate") })
    let words = result.split(separator: " ")
    func changed(_ change: (inout Lockfile) -> Void) throws -> String {
      var lock = try Lockfile(parsing: honest)
      change(&lock)
      return lock.text
    }
    for text in [
      try changed { $0.set(.claim("ours is best"), .text("supported")) },
      try changed { $0.setCell(table: "Z", row: "best", column: "score", .numbers([99])) },
      try changed { $0.setCell(table: "Scores", row: "best", column: "value", .numbers([99])) },
      // Another name for a result that is there.
      honest.replacing(
        result, with: "result evaluate \u{61}%20better%20one \(words[3]) \(words[4])\n\(result)"),
    ] {
      try program.write(text, to: "a.lock")
      for share in ["1%", "100%"] {
        let outcome = try program.run(
          "verify", "a.me", "--quiet", "--sample", share, "--nonce", "a")
        #expect(outcome.status == 3, "\(outcome.output) \(outcome.errors)")
        #expect(outcome.output.contains("lock: the lock"), "\(outcome.output) \(outcome.errors)")
      }
    }
  }

  @Test(arguments: ["more", "less", "damaged"])
  func linesThatWereAddedOrTakenAwayAreFound(change: String) throws {
    let program = try SmallExperiment.finished()
    try program.edit("a.lock") { text in
      switch change {
      case "more":
        return text
          + "result evaluate extra 0123456789abcdef \(String(repeating: "b", count: 64))\n"
      case "less":
        return text.split(separator: "\n", omittingEmptySubsequences: false)
          .filter { !$0.hasPrefix("cell Scores | tune") && !$0.contains("tune") }
          .joined(separator: "\n")
      // The readable number is changed, its bits are not.
      default: return text.replacing(" bits ", with: "1 bits ")
      }
    }
    let outcome = try program.run("verify", "a.me", "--quiet")
    #expect(outcome.status == 3, "\(outcome.output) \(outcome.errors)")
  }

  @Test func aStoreThatWasTamperedWithIsFound() throws {
    let program = try SmallExperiment.finished()
    let store = try ResultStore(root: "\(program.folder)/.merepl") { _ in }
    let item = try #require(try store.items().first { $0.key.command == "finetune" })
    let result = try #require(try store.value(for: item.key))
    var blobs = result.blobs
    blobs["model.safetensors"]?.withUnsafeMutableBytes { $0[$0.count - 1] ^= 1 }
    // A consistent entry under the same key: every hash in the store fits.
    try store.put(
      item.key, blobs: blobs, summary: result.summary, label: item.label, numbers: .none)
    let outcome = try program.run("verify", "a.me", "--quiet")
    #expect(outcome.status == 3)
    #expect(
      outcome.output.contains("first step that diverged: finetune"), "\(outcome.output)")
    #expect(outcome.output.contains("but the cache has"))
  }

  @Test func aCheckpointThatWasTamperedWithIsFound() throws {
    let program = try SmallExperiment.finished(copiesData: true)
    let folder = "\(program.folder)/experiments"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(Program.repository)/experiments/pretrain.lock", toPath: "\(folder)/pretrain.lock")
    #expect(try program.run("verify", "a.me", "--quiet").status == 0)
    try program.flipBit(in: "data/checkpoints/qwen2.5-vl-mini-0/model.safetensors")
    let outcome = try program.run("verify", "a.me", "--quiet")
    #expect(outcome.status == 3)
    #expect(
      outcome.output.contains(
        "qwen2.5-vl-mini-0 differs from the hash in experiments/pretrain.lock"
      ),
      "\(outcome.output)")
    #expect(outcome.output.contains("3 results of the script are not in the lock"))
  }

  /// Rows that pick fields out of results: seeds that were not chosen leave gaps, not shorter
  /// lists.
  @Test func aSampleComparesTheSeedsThatItChose() throws {
    let text = """
      me 1
      seed 5
      let vdm = model("cogvideox-1.5-5b")
      fn one(s) {
        let found = reconstruction(extract(vdm, data: dataset("sft-25k", count: s + 1), steps: 1))
        {error: found["relative error"]}
      }
      table "T" key "k" { row "a": over(3, one) }
      """
    let program = try Program()
    try program.write(text, to: "a.me")
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    let other = try Program()
    try other.write(text, to: "a.me")
    try other.write(try program.read("a.lock"), to: "a.lock")
    let sample = try other.run("verify", "a.me", "--quiet", "--sample", "34%", "--nonce", "frost")
    #expect(sample.status == 0, "\(sample.output)")
    #expect(sample.output.contains("of 3 values compared"), "\(sample.output)")
    #expect(sample.output.contains("1 bit-identical"), "\(sample.output)")
    #expect(sample.output.hasSuffix("of 3 values compared, all match\n"), "\(sample.output)")
  }

  /// Two of the same, the first of which stands still in the middle of its work.
  @Test func twoVerificationsAtOnceHaveAFolderEach() throws {
    let program = try SmallExperiment.finished()
    let first = program.process(["verify", "a.me"])
    first.standardOutput = FileHandle.nullDevice
    first.standardError = FileHandle.nullDevice
    try first.run()
    let folder = ".merepl/verify"
    // On a busy machine it may take long to begin.
    let deadline = Date(timeIntervalSinceNow: 30)
    while Date() < deadline,
      program.files(below: folder).allSatisfy({ $0.hasSuffix(".lock") })
    {
      usleep(2_000)
    }
    kill(first.processIdentifier, SIGSTOP)
    let held = program.files(below: folder)
    let second = try program.run("verify", "a.me", "--quiet")
    #expect(second.status == 0, "\(second.output) \(second.errors)")
    #expect(second.output.contains("cells: 2 bit-identical\n"), "\(second.output)")
    #expect(
      second.output.contains(
        "3 results recomputed: 2 requested by the script, 1 intermediate"))
    // It neither used nor removed what the first one has.
    #expect(!held.isEmpty && Set(held).isSubset(of: program.files(below: folder)))
    kill(first.processIdentifier, SIGCONT)
    first.waitUntilExit()
    #expect(first.terminationStatus == 0)
    #expect(program.files(below: folder).isEmpty)
  }

  @Test func aSampleRecomputesWhatTheNonceChooses() throws {
    let program = try SmallExperiment.finished()
    let warm = try program.run("verify", "a.me", "--quiet", "--sample", "50%", "--nonce", "frost")
    #expect(warm.status == 0 && warm.output.contains("1 of 2 results recomputed"), "\(warm.output)")
    // Whatever the store has, the rest stays open, and that is no mismatch.
    #expect(warm.output.contains("plus 1 intermediate"), "\(warm.output)")
    #expect(warm.output.contains("not attempted") && !warm.output.contains("reused"))
    let other = try Program()
    try other.write(SmallExperiment.text, to: "a.me")
    try other.write(try program.read("a.lock"), to: "a.lock")
    let cold = try other.run("verify", "a.me", "--quiet", "--sample", "50%", "--nonce", "frost")
    #expect(cold.status == 0 && cold.output.contains("not attempted"), "\(cold.output)")

    // A made-up result is found by the nonces that choose it, and by none that does not.
    var lock = try Lockfile(parsing: try program.read("a.lock"))
    lock.setCell(table: "Scores", row: "tune", column: "value", .numbers([99]))
    try other.write(lock.text, to: "a.lock")
    let statuses = try ["a", "b", "c", "d", "e", "f"].map {
      try other.run("verify", "a.me", "--quiet", "--sample", "50%", "--nonce", $0).status
    }
    #expect(Set(statuses) == [0, 3], "\(statuses)")
    #expect(try other.run("verify", "a.me", "--sample", "50%").status == 64)
    #expect(try other.run("verify", "a.me", "--sample", "0", "--nonce", "x").status == 64)
  }

  @Test func withoutAScriptOrALockThereIsNothingToVerify() throws {
    let program = try Program()
    let missing = try program.run("verify", "a.me")
    #expect(missing.status == 5)
    #expect(missing.errors.contains("the script a.me does not exist"), "\(missing.errors)")
    try program.write(SmallExperiment.text, to: "a.me")
    let outcome = try program.run("verify", "a.me")
    #expect(outcome.status == 5 && outcome.errors.contains("a.lock does not exist"))
  }

  @Test func publishedNumbersAreJudgedApart() throws {
    let program = try Program()
    try program.write(
      """
      me 1
      table "Table 5" key "variant" {
        row "2 steps for DDIM": {motionbench_overall: [50.0, 60.0]}
        row "5 steps for DDIM": {motionbench_overall: [61.0, 61.5]}
      } beside paper("table5")
      """, to: "a.me")
    #expect(try program.run("run", "a.me").status == 0)
    let outcome = try program.run("verify", "a.me")
    #expect(outcome.status == 0 && outcome.output.contains("2 bit-identical"))
    #expect(outcome.output.contains("published numbers: "), "\(outcome.output)")
    #expect(outcome.output.contains("mini scale"))
  }
}
