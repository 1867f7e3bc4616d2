import Foundation
import JSON
import Testing

/// Results over a dataset are sequences of parts: however many clips there are, memory holds a few.
@Suite(.enabled(if: Program.exists, "the program is not built"))
struct SequenceMemoryTests {
  /// Peak memory of a script in bytes, from its record.
  private func peak(_ script: String) throws -> Int {
    let program = try Program()
    try program.write("me 1\nseed 3\n\(script)\n", to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet", "--threads", "2")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let record = try #require(
      program.files(below: ".merepl/runs").first { $0.hasSuffix(".json") })
    return try JSONNode(contentsOfFile: "\(program.folder)/\(record)").int("peak_memory_bytes")
  }

  @Test func targetsOfManyClips() throws {
    func script(_ count: Int) -> String {
      "print specific_energy(oracle(dataset(\"vdm-pretrain\", count: \(count)), side: 24))"
    }
    // 2,880 numbers a target: 1,500 of them are 17 MB.
    let (few, many) = (try peak(script(10)), try peak(script(1500)))
    #expect(many - few < 8 << 20, "\(few) bytes with 10 clips, \(many) with 1,500")
  }

  /// A prior of the mini model takes about 60 KB, a drawn clip 118 KB.
  @Test func priorsOfManyClips() throws {
    func script(_ count: Int) -> String {
      """
      let clips = dataset("tune", count: \(count))
      print reconstruction(extract(model("cogvideox-1.5-5b"), data: clips, steps: 1))
      """
    }
    let (few, many) = (try peak(script(4)), try peak(script(60)))
    // What is drawn stays in memory up to a limit; priors do not.
    #expect(many - few < 60 * 118_000 + (6 << 20), "\(few) bytes, then \(many)")
  }
}
