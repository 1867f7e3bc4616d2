import Foundation
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
    #expect(locked.contains("locked, 2 results, 2 cells"), "\(locked)")
    #expect(locked.contains("1 not supported") && !locked.contains("verified"))
    #expect(try program.run("verify", "experiments/a.me", "--quiet").status == 0)
    #expect(try status().contains("verified: yes"))
    let page = try program.read("REPRODUCE.md")
    #expect(page.hasPrefix("Text.\n") && page.hasSuffix("\nMore.\n"))
    #expect(page.contains("| experiments/a.me | "), "\(page)")
    #expect(page.contains(" | 2 | 2 | locked | yes | 1 not supported | "), "\(page)")

    // Another machine, without records: what is written stays, for the lock is the same.
    for file in program.files(below: ".merepl/runs") {
      try FileManager.default.removeItem(atPath: "\(program.folder)/\(file)")
    }
    #expect(try status().contains("locked"))
    #expect(try program.read("REPRODUCE.md") == page)

    try program.edit("experiments/a.me") { $0.replacing("int = 2", with: "int = 3") }
    #expect(try status().contains("stale"))
    try program.write("nonsense", to: "experiments/a.lock")
    #expect(try status().contains("damaged"))
    try program.write("me 1\nprint(x)\n", to: "experiments/a.me")
    #expect(try program.run("status", "--no-write").output.contains("damaged"))
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
    let same = try program.run("diff", first, first)
    #expect(same.status == 0 && same.output.contains("0 of 3 cells moved"), "\(same.output)")
    try program.edit("old.lock") { text in
      text.replacing(
        "claims | scores differ | verdict = text not supported",
        with: "claims | scores differ | verdict = text supported")
    }
    let edited = try program.run("diff", "old.lock", "experiments/a.me", "--json")
    #expect(
      edited.status == 3 && edited.output.contains("supported -> not supported"), "\(edited.output)"
    )
    #expect(try program.run("diff", "nothing", "last").status == 5)
  }

  @Test func cleaningUpNeverTakesWhatALockNames() throws {
    let program = try repository()
    #expect(try program.run("run", "experiments/a.me", "--quiet").status == 0)
    let lock = try program.read("experiments/a.lock")
    #expect(
      try program.run("gc", "--keep", "0M", "--dry-run").output.contains("2 results would go"))
    let removed = try program.run("gc", "--keep", "0M")
    #expect(removed.output.contains("removed 2 results"), "\(removed.output)")
    // The scores are there still: nothing has to be computed for the lock.
    let again = try program.run("run", "experiments/a.me")
    #expect(again.status == 0 && !again.errors.contains("fine-tuning"), "\(again.errors)")
    #expect(try program.read("experiments/a.lock") == lock)
    #expect(try program.run("gc", "--keep", "x").status == 64)
  }

  @Test func theDoctorSeesAChangedCheckpoint() throws {
    let program = try Program(copiesData: true)
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/experiments", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(Program.repository)/experiments/pretrain.lock",
      toPath: "\(program.folder)/experiments/pretrain.lock")
    let well = try program.run("doctor")
    #expect(well.output.contains("as experiments/pretrain.lock names it"), "\(well.output)")
    try program.flipBit(in: "data/checkpoints/qwen2.5-vl-mini-0/model.safetensors")
    let ill = try program.run("doctor")
    #expect(ill.status == 1 && ill.output.contains("not the one that"), "\(ill.output)")
  }
}
