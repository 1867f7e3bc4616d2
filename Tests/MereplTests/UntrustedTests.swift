import Foundation
import Sandbox
import Testing

/// `--untrusted` as a boundary: what a script that merepl's own checks let pass, or a fault of
/// merepl, could reach. The programs below are confined whether or not they behave.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct UntrustedTests {
  private static let table = "me 1\ntable \"T\" { row \"hello\": {a: 1} }\n"
  private static let writer =
    "me 1\nprint(write_tensor(tensor([1, 2]), to: \"out/pair.safetensors\"))\n"

  @Test func theSameBitsAsATrustedRun() throws {
    let program = try Program(copiesData: true)
    try program.write(SmallExperiment.text, to: "a.me")
    let run = try program.run("run", "--untrusted", "a.me")
    #expect(run.status == 0, "\(run.errors)")
    #expect(try program.read("a.lock") == SmallExperiment.lock)
    #expect(run.errors.contains("can write only to figures/, out/, .merepl/"), "\(run.errors)")
    #expect(program.exists("figures/scores.svg") && !program.exists("out"))
    let verified = try program.run("verify", "--untrusted", "a.me", "--quiet")
    #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
    #expect(verified.output.contains("figures: 1 of 1 bit-identical"))
    for tool in ["plan", "check"] {
      #expect(try program.run(tool, "--untrusted", "a.me").status == 0)
    }
  }

  /// Figures, files and the lock come out wherever the script lies below its root.
  @Test(arguments: ["experiments/", "some/where/"])
  func aScriptInAFolder(folder: String) throws {
    let program = try Program(copiesData: true)
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/\(folder)", withIntermediateDirectories: true)
    try program.write(
      Self.writer + "table \"T\" { row \"hello\": {a: 1} }\n"
        + "figure \"f\" bars({all: {x: [1.0]}}, y_label: \"y\")\n", to: "\(folder)a.me")
    let run = try program.run("run", "--untrusted", "\(folder)a.me")
    #expect(run.status == 0, "\(run.errors)")
    for file in ["figures/f.svg", "out/pair.safetensors", "\(folder)a.lock"] {
      #expect(program.exists(file), "\(file)")
    }
    let verified = try program.run("verify", "--untrusted", "\(folder)a.me", "--quiet")
    #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
  }

  @Test func whatTheKernelLacksIsSaid() throws {
    let program = try Program(copiesData: true)
    try program.write(Self.table, to: "a.me")
    let run = try program.run(
      "run", "--untrusted", "--quiet", "a.me",
      environment: ["MEREPL_SANDBOX_WITHOUT": "landlock,seccomp"])
    #expect(run.status == 0 && program.exists("a.lock"), "\(run.errors)")
    #expect(run.errors.contains("no Landlock") && run.errors.contains("no seccomp"))
  }

  @Test(arguments: ["out", "figures", "experiments", "data", ".merepl"])
  func aRootThatIsALinkIsRefused(name: String) throws {
    let program = try Program(copiesData: true)
    try program.write(Self.writer, to: "u.me")
    let files = FileManager.default
    if name == "data" {
      try files.moveItem(atPath: "\(program.folder)/data", toPath: "\(program.folder)/elsewhere")
    } else {
      try files.createDirectory(
        atPath: "\(program.folder)/elsewhere", withIntermediateDirectories: true)
    }
    try files.createSymbolicLink(
      atPath: "\(program.folder)/\(name)", withDestinationPath: "elsewhere")
    let run = try program.run("run", "--untrusted", "u.me")
    #expect(run.status == 1 && run.errors.contains("\(name) is a symbolic link"), "\(run.errors)")
    #expect(!program.exists("elsewhere/pair.safetensors"))
  }

  @Test func aWriterThroughALinkOfItsOwnIsStoppedAlsoInsideARoot() throws {
    let program = try Program(copiesData: true)
    let files = FileManager.default
    for folder in ["out", "elsewhere"] {
      try files.createDirectory(
        atPath: "\(program.folder)/\(folder)", withIntermediateDirectories: true)
    }
    try files.createSymbolicLink(
      atPath: "\(program.folder)/out/way", withDestinationPath: "../elsewhere")
    try program.write(
      "me 1\nprint(write_tensor(tensor([1]), to: \"out/way/x.safetensors\"))\n", to: "u.me")
    for flags in [["run"], ["run", "--untrusted"]] {
      #expect(try program.run(flags + ["u.me"]).status == 1)
    }
    #expect(!program.exists("elsewhere/x.safetensors"))
  }

  @Test func timeEndsAlsoWhereTheScriptIsStopped() throws {
    let program = try Program(copiesData: true)
    try program.write("me 1\nfor i in range(99_999) { let x = i * i }\nprint(1)\n", to: "a.me")
    let wrong = try program.run("run", "--time-limit", "3", "a.me")
    #expect(wrong.status == 64)
    let run = try program.run("run", "--untrusted", "--time-limit", "60", "--quiet", "a.me")
    #expect(run.status == 0, "\(run.errors)")
  }

  @Test func aLoopThatWritesFilesHasALimit() throws {
    let program = try Program(copiesData: true)
    try program.write(
      """
      me 1
      let a = tensor(map(range(2000), fn(i) { [1.0] }))
      let t = a * tensor([range(2000)])
      for i in 1..60 { write_tensor(t, to: "out/{i}") }
      """, to: "fill.me")
    let run = try program.run("run", "--untrusted", "--quiet", "fill.me")
    #expect(run.status == 4, "\(run.errors)")
    #expect(run.errors.contains("writtenBytes"), "\(run.errors)")
  }

  @Test func interruptionReachesIt() throws {
    let program = try Program(copiesData: true)
    try program.write(
      "me 1\nprint(\"begun\")\nfor i in range(90_000) { for j in range(10) { let x = i } }\n",
      to: "a.me")
    let run = try program.run(
      "run", "--untrusted", "--quiet", "a.me", whileRunning: { kill($0.processIdentifier, SIGTERM) }
    )
    #expect(run.status == 143 || run.status == 4, "\(run.status) \(run.errors)")
  }
}
