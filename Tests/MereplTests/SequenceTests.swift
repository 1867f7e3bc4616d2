import Foundation
import Testing

/// Results that are sequences of parts, through the program.
@Suite(.enabled(if: Program.exists, "the program is not built"))
struct SequenceTests {
  private static let script = """
    me 1
    seed 3
    let clips = dataset("tune", count: 3)
    fn priors(k) { extract(model("cogvideox-1.5-5b"), data: clips, steps: k) }
    table "Error" { row "both": reconstruction(ensemble([priors(1), priors(2)])) }

    """

  private func program(copiesData: Bool = false) throws -> Program {
    let program = try Program(copiesData: copiesData)
    try program.write(Self.script, to: "a.me")
    return program
  }

  /// Killed when all parts are on disk and the result is not: the resumed run computes no part, and
  /// still its result names everything that it was made from.
  @Test(arguments: ["journal 1", "journal 2", "journal 3"])
  func aResumedResultNamesItsInputs(place: String) throws {
    let (whole, killed) = (try program(), try program())
    #expect(try whole.run("run", "a.me", "--quiet").status == 0)
    let outcome = try killed.run(
      "run", "a.me", "--quiet", environment: ["MEREPL_TEST_KILL": place])
    #expect(outcome.signal == SIGKILL, "never came to \(place)")
    #expect(try killed.run("run", "a.me", "--quiet").status == 0)
    #expect(try killed.read("a.lock") == whole.read("a.lock"))
    #expect(try whole.read("a.lock").contains("result extract 2%20steps"))
  }

  @Test func strangersMayMakeSequences() throws {
    let program = try program(copiesData: true)
    let outcome = try program.run("run", "a.me", "--untrusted", "--quiet")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(program.exists("a.lock"))
  }

  /// What cannot be read is recomputed by a run; a plan computes nothing and says so.
  @Test func aCorruptPartIsRecomputedAlone() throws {
    let program = try program()
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    let lock = try program.read("a.lock")
    // A part is JSON and tensors; those of the ensemble, which has the heads of both, are largest.
    let parts = program.files(below: ".merepl/objects").filter { program.isPart($0) }
    #expect(parts.count == 9)
    let part = try #require(parts.max { program.size($0) < program.size($1) })
    try program.flipBit(in: part)
    let plan = try program.run("plan", "a.me")
    #expect(plan.status == 0, "\(plan.errors)")
    let again = try program.run("run", "a.me")
    #expect(again.status == 0 && again.errors.contains("recomputed"), "\(again.errors)")
    #expect(try program.read("a.lock") == lock)
    let third = try program.run("run", "a.me")
    #expect(!third.errors.contains("recomputed"), "\(third.errors)")
  }
}

extension Program {
  fileprivate func data(_ name: String) -> Data {
    FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
  }

  fileprivate func size(_ name: String) -> Int { data(name).count }

  /// Whether a file is the prior of one clip.
  fileprivate func isPart(_ name: String) -> Bool {
    data(name).prefix(200).contains(Data("\"tokens\":".utf8))
  }
}
