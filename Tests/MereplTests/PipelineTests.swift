import Foundation
import Testing

/// The main job on a handful of clips: video files, extraction, selection, fine-tuning, scores.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct PipelineTests {
  static let script = """
    me 1
    seed 7
    let vdm = model("cogvideox-1.5-5b")
    let vlm = model("qwen2.5-vl-7b", base: 0)
    let clips = dataset("sft-25k", count: 6)
    let aims = extract(vdm, data: clips, steps: 2) |> select_heads() |> select_tokens()
    fn scored(loss, how, s) {
      let tuned = finetune(vlm, data: clips, align: aims, loss: loss, samples: 6, steps: 2,
        batch: 5, stream: s)
      let r = evaluate(tuned, on: [motionbench], split: "tune", questions: 2, scoring: how)
      {overall: r.motionbench_overall, unread: r.unread}
    }
    table "Scores" key "how" {
      for loss in ["mse", "cosine"] {
        for how in ["likelihood", "words", "letter"] {
          row "{loss}, {how}": over(2, fn(s) { scored(loss, how, s) })
        }
      }
    }
    """

  /// Runs the script in a new workspace and returns its lock.
  private func lock(threads: Int) throws -> String {
    let program = try Program()
    try program.write(Self.script, to: "a.me")
    let outcome = try program.run("run", "a.me", "--threads", "\(threads)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try program.read("a.lock")
  }

  @Test func theLockIsTheSameOnAnyNumberOfThreads() throws {
    let one = try lock(threads: 1)
    #expect(one.contains("cell Scores | mse, letter | unread"))
    #expect(one.contains("result evaluate"))
    #expect(try lock(threads: 2) == one)
    #expect(try lock(threads: 7) == one)
  }

  @Test func aRunThatWasStoppedGoesOnToTheSameLock() throws {
    let whole = try lock(threads: 2)
    let program = try Program()
    // The first line comes when the extraction is done.
    let parts = Self.script.replacingOccurrences(
      of: "fn scored", with: "print(localisation(extract(vdm, data: clips, steps: 2)))\nfn scored")
    try program.write(parts, to: "a.me")
    let stopped = try program.run("run", "a.me") { kill($0.processIdentifier, SIGTERM) }
    #expect(stopped.status == 143, "\(stopped.output) \(stopped.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder)/a.lock"))
    try program.write(Self.script, to: "a.me")
    #expect(try program.run("run", "a.me").status == 0)
    #expect(try program.read("a.lock") == whole)
  }

  @Test(arguments: ["selected", "binding"])
  func gatedTargetsMayBeShuffled(rows: String) throws {
    let program = try Program()
    try program.write(
      """
      me 1
      seed 7
      let clips = dataset("sft-25k", count: 6)
      let aims = extract(model("cogvideox-1.5-5b"), data: clips, steps: 1) |> select_heads()
        |> select_tokens(gate: 0.5)
      let tuned = finetune(model("qwen2.5-vl-7b"), data: clips, align: shuffled(aims), samples: 6,
        steps: 2, batch: 6, loss: "cosine", aligner: "none", rows: "\(rows)")
      print(evaluate(tuned, on: [motionbench], split: "tune", questions: 1).unread)
      """, to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output == "0.0\n")
  }

  @Test func aSecondRunComputesNothing() throws {
    let program = try Program()
    try program.write(Self.script, to: "a.me")
    #expect(try program.run("run", "a.me").status == 0)
    let first = try program.read("a.lock")
    // A comment changes no key.
    try program.write(Self.script + "\n# the end\n", to: "a.me")
    let again = try program.run("run", "a.me")
    #expect(again.status == 0)
    #expect(!again.errors.contains("fine-tuning"), "\(again.errors)")
    #expect(!again.errors.contains("extracting"), "\(again.errors)")
    #expect(try program.read("a.lock") == first)
  }
}
