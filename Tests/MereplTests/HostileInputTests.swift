import Foundation
import Testing

/// A share of `make hostile`, always the same, and the cases that once ended by a signal or a hang.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct HostileInputTests {
  static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  @Test(.enabled(if: python != nil, "there is no python3"))
  func sixtyCases() throws {
    let folder = NSTemporaryDirectory() + "merepl-hostile-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let process = Process()
    process.executableURL = URL(filePath: try #require(Self.python))
    process.arguments = [
      "-B", Program.repository + "/Tests/Hostile/hostile.py", "--merepl", Program.path, "--seed",
      "12", "--count", "60", "--keep", folder,
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(
      decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(text)")
  }

  /// Memory is refused before it is taken.
  @Test(arguments: [
    "print sum(1..1_000_000_000_000)", "print tensor([0..9_223_372_036_854_775_807])",
    "print sum(tensor([[1, 2]]), axis: 0..1_000_000_000_000)",
    "for k in 1..100_000 { let _t = tensor(map(1..3000, fn(_x) { 1..3000 })) * k }",
    "let t = tensor(map(1..1000, fn(_x) { 1..1000 }))\nprint map(1..9999, fn(_k) { t[0..900] })",
  ])
  func memoryOfScripts(_ body: String) throws {
    let program = try Program()
    try program.write("me 1\n\(body)\n", to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet", environment: ["MEREPL_MEMORY": "4G"])
    #expect(outcome.status == 4, "\(outcome.errors)")
  }

  @Test func memoryThatIsNoAmount() throws {
    let program = try Program()
    try program.write("me 1\nprint 1\n", to: "a.me")
    let outcome = try program.run("run", "a.me", environment: ["MEREPL_MEMORY": "much"])
    #expect(outcome.status == 64 && outcome.errors.contains("MEREPL_MEMORY is \"much\""))
  }

  /// Each result of a chain is computed while the next one waits: the stack has an end.
  @Test(arguments: ["run", "plan"])
  func longChainsOfResultsAreRefused(tool: String) throws {
    let program = try Program()
    try program.write(
      """
      me 1
      let one = extract(model("cogvideox-1.5-5b"), data: dataset("sft-25k", count: 1), steps: 1)
      print reconstruction(fold(1..1000, fn(a, i) { ensemble([a]) }, from: one))

      """, to: "a.me")
    let outcome = try program.run(tool, "a.me", "--quiet")
    #expect(
      outcome.status == 4 && outcome.errors.contains("results depend on one another"),
      "\(outcome.status) \(outcome.errors.suffix(600))")
  }

  @Test(arguments: [
    ("MEREPL_THREADS", "many"), ("MEREPL_THREADS", "0"), ("MEREPL_PRECISION", "double"),
    ("MEREPL_INSTRUCTIONS", "mmx"),
    ("MEREPL_CHECKPOINT_SECONDS", "soon"), ("MEREPL_CHECKPOINT_SECONDS", "nan"),
  ])
  func variablesThatMeanNothing(name: String, value: String) throws {
    let program = try Program()
    try program.write("me 1\nprint 1\n", to: "a.me")
    let outcome = try program.run("run", "a.me", environment: [name: value])
    #expect(
      outcome.status == 64 && outcome.errors.contains("\(name): expected")
        && outcome.errors.contains("\"\(value)\""),
      "\(outcome.errors)")
  }

  @Test func manyRowsTakeLinearTime() throws {
    let program = try Program()
    try program.write(
      "me 1\ntable \"T\" {\n  for i in 1..5000 { row \"{i}\": {a: i, b: i, c: i, d: i} }\n}\n",
      to: "a.me")
    let started = ContinuousClock.now
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    #expect(ContinuousClock.now - started < .seconds(60))
  }
}
