import Foundation
import Testing

@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct CommandLineTests {
  let program: Program

  init() throws { program = try Program() }

  // MARK: Exit status

  @Test func aScriptPrintsToStandardOutputAndNothingElse() throws {
    try program.write("me 1\nprint(1 + 1)\n", to: "a.me")
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 0)
    #expect(outcome.output == "2\n")
    #expect(outcome.errors == "")
  }

  @Test(arguments: [["--wrong"], ["frobnicate"], ["run"], ["run", "a.me", "--threads", "0"]])
  func wrongUsageIs64(arguments: [String]) throws {
    let process = program.process(arguments)
    process.standardInput = FileHandle.nullDevice
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
    #expect(try output.fileHandleForReading.readToEnd() ?? Data() == Data())
    let message = String(
      decoding: try errors.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    #expect(message.contains("Usage:"))
  }

  @Test func errorsOfTheCommandLineAreLikeAllOthers() throws {
    let text = try program.run("run", "a.me", "--foo", "x")
    #expect(text.status == 64 && text.errors.hasPrefix("error: Unknown option '--foo'\n"))
    let near = try program.run("run", "a.me", "--strct")
    #expect(near.errors.contains("Did you mean '--strict'?"), "\(near.errors)")
    #expect(try program.run("frobnicate").errors.hasPrefix("error: unknown subcommand"))
    for arguments in [["run", "a.me", "--foo", "x"], ["gc", "--keep", "x"], ["frobnicate"]] {
      let outcome = try program.run(arguments + ["--json"])
      #expect(outcome.status == 64 && outcome.output == "")
      let object = try JSONSerialization.jsonObject(with: Data(outcome.errors.utf8))
      let message = (object as? [String: Any])?["message"] as? String
      #expect(message?.isEmpty == false, "\(outcome.errors)")
    }
  }

  @Test func aPageOfHelpThatCannotBeWrittenIsAnError() throws {
    for option in ["--help", "--version"] {
      let process = program.process([option])
      process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let text = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      #expect(process.terminationStatus == 1)
      #expect(String(decoding: text, as: UTF8.self).contains("cannot write to standard output"))
    }
  }

  @Test func aPathThatIsFoundWrongWhileRunningIs1() throws {
    try program.write(
      """
      me 1
      print(1)
      save(model("qwen2.5-vl-7b"), to: "data/" + "../x")
      """, to: "a.me")
    let outcome = try program.run("run", "a.me")
    #expect(outcome.status == 1 && outcome.output == "1\n", "\(outcome.errors)")
    #expect(outcome.errors.contains("E0311"), "\(outcome.errors)")
    try program.write("me 1\nsave(model(\"qwen2.5-vl-7b\"), to: \"data/../x\")\n", to: "a.me")
    #expect(try program.run("run", "a.me").status == 2)
  }

  @Test func helpIsDataAndSuccess() throws {
    for arguments in [["--help"], ["run", "--help"], ["check", "--help"], ["extract", "--help"]] {
      let process = program.process(arguments)
      let output = Pipe()
      process.standardOutput = output
      try process.run()
      let text = String(
        decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
      #expect(text.contains("USAGE:"))
    }
  }

  @Test(arguments: [
    ("let x = frob(1)", 2, "E0201"), ("print(1 // 0)", 1, "E0402"),
    ("print(len(range(2_000_000)))", 4, "E0503"),
  ])
  func failuresHaveTheirStatus(line: String, status: Int32, code: String) throws {
    try program.write("me 1\n\(line)\n", to: "a.me")
    let outcome = try program.run("run", "a.me")
    #expect(outcome.status == status)
    #expect(outcome.errors.contains(code))
    #expect(outcome.errors.contains("a.me:2:"))
    #expect(outcome.output == "")
  }

  @Test func aMissingScriptIs5() throws {
    for command in ["run", "check"] {
      let outcome = try program.run(command, "none.me")
      #expect(outcome.status == 5)
      #expect(outcome.errors.contains("none.me does not exist"))
    }
  }

  @Test(arguments: [(Int32(SIGINT), Int32(130)), (Int32(SIGTERM), Int32(143))])
  func signalsEndTheRunWithTheirStatus(signal: Int32, status: Int32) throws {
    // A step that takes a while: the limit of steps is minutes away.
    try program.write(
      "me 1\nlet long = range(100_000)\nprint(\"begun\")\nfor i in range(999_999) { sum(long) }\n",
      to: "a.me")
    let outcome = try program.run("run", "a.me") { kill($0.processIdentifier, signal) }
    #expect(outcome.status == status)
    // A loop keeps nothing.
    #expect(outcome.errors.hasSuffix(signal == SIGINT ? "interrupted\n" : "terminated\n"))
  }

  @Test func aClosedPipeEndsQuietly() throws {
    try program.write("me 1\nfor i in range(100_000) { print(i) }\n", to: "a.me")
    let process = program.process(["run", "a.me", "--quiet"])
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    _ = output.fileHandleForReading.availableData
    try output.fileHandleForReading.close()
    process.waitUntilExit()
    #expect(process.terminationReason == .uncaughtSignal)
    #expect(process.terminationStatus == SIGPIPE)
    #expect(try errors.fileHandleForReading.readToEnd() ?? Data() == Data())
  }

  // MARK: Parameters, include, lock, record

  @Test func parametersComeFromTheCommandLine() throws {
    try program.write("me 1\nparam n: int = 2 in 1..9\nprint(n * n)\n", to: "a.me")
    #expect(try program.run("run", "a.me", "--set", "n=3").output == "9\n")
    let outside = try program.run("run", "a.me", "--set", "n=30")
    #expect(outside.status == 2)
    #expect(outside.errors.contains("1..9"))
    let unknown = try program.run("run", "a.me", "--set", "m=3")
    #expect(unknown.status == 2)
    #expect(try program.run("run", "a.me", "--set", "n").status == 64)
  }

  @Test func includesStayInTheScriptsFolder() throws {
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/inner", withIntermediateDirectories: true)
    try program.write("me 1\nlet shared = 7\n", to: "inner/b.me")
    try program.write("me 1\ninclude \"b.me\"\nprint(shared)\n", to: "inner/a.me")
    #expect(try program.run("run", "inner/a.me").output == "7\n")

    try program.write("me 1\nlet shared = 8\n", to: "outside.me")
    try program.write("me 1\ninclude \"../outside.me\"\nprint(shared)\n", to: "inner/up.me")
    try FileManager.default.createSymbolicLink(
      atPath: "\(program.folder)/inner/link.me",
      withDestinationPath: "\(program.folder)/outside.me")
    try program.write("me 1\ninclude \"link.me\"\nprint(shared)\n", to: "inner/linked.me")
    for name in ["inner/up.me", "inner/linked.me"] {
      let outcome = try program.run("run", name)
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains("E0205"))
    }
  }

  @Test func aRunLeavesALockAndARecord() throws {
    try program.write("me 1\ntable \"T\" key \"k\" { row \"a\": [1.5, 2.5] }\n", to: "a.me")
    let outcome = try program.run("run", "a.me", environment: ["MEREPL_INSTRUCTIONS": "plain"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("T"))
    #expect(try !program.read("a.lock").isEmpty)
    let json = try program.run("run", "a.me", "--json", "--out", "elsewhere")
    #expect(
      json.output
        == "{\"table\":\"T\",\"row\":\"a\",\"column\":\"value\",\"values\":[1.5,2.5]}\n")
    #expect(try program.read("elsewhere/a.lock") == program.read("a.lock"))
    let runs = "\(program.folder)/.merepl/runs"
    let names = try FileManager.default.contentsOfDirectory(atPath: runs)
    #expect(names.count == 2)
    let record = try String(contentsOfFile: "\(runs)/\(names.min() ?? "")", encoding: .utf8)
    #expect(record.contains(/"instructions": ?"plain"/))
    #expect(record.contains("peak_memory_bytes"))
  }

  // MARK: check

  @Test func checkReportsEveryError() throws {
    try program.write("me 1\nprint(x)\nprint(y)\n", to: "a.me")
    let outcome = try program.run("check", "a.me")
    #expect(outcome.status == 2)
    #expect(outcome.output == "")
    #expect(outcome.errors.contains("`x`") && outcome.errors.contains("`y`"))
    #expect(!outcome.errors.contains("\u{1B}"))
    #expect(try program.run("check", "a.me", "--color", "always").errors.contains("\u{1B}[1;31m"))

    let json = try program.run("check", "a.me", "--json")
    #expect(json.status == 2)
    let lines = json.output.split(separator: "\n")
    #expect(lines.count == 2)
    for line in lines {
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["code"] as? String == "E0201")
    }
    try program.write("me 1\nprint(1)\n", to: "good.me")
    #expect(try program.run("check", "good.me").status == 0)
  }

  // MARK: Standard input

  @Test func standardInputIsAScriptOrASession() throws {
    #expect(try program.run(input: "me 1\nlet x = 2\nprint(x)\n").output == "2\n")
    // A script is checked before it runs.
    let faulty = try program.run(input: "me 1\nprint(1)\nprint(y)\n")
    #expect(faulty.status == 2)
    #expect(faulty.output == "")
    // A session runs up to the first error and shows values.
    let session = try program.run(input: "let x = 2\nx * 3\n[1,\n 2]\nx;\nfrob(1)\nprint(9)\n")
    #expect(session.status == 2)
    #expect(session.output == "6\n[1, 2]\n")
    #expect(!session.output.contains("me>"))
    let unfinished = try program.run(input: "print((1\n")
    #expect(unfinished.status == 2)
    #expect(unfinished.errors.contains("E0106"))
    #expect(try program.run("-c", "1 + 1").output == "2\n")
  }

  @Test func toolCommandsWorkWithoutATerminal() throws {
    let outcome = try program.run(
      input: """
        let a = 2
        let b = a + 1
        let c = 5
        b * 10
        :type b
        :vars
        :save made.me b
        :save all.me
        :clear a
        :quit
        print("never")

        """)
    #expect(outcome.status == 0)
    #expect(outcome.output == "30\nint\na    int  2\nans  int  30\nb    int  3\nc    int  5\n")
    #expect(try program.read("made.me") == "me 1\nlet a = 2\nlet b = a + 1\nprint b\n")
    #expect(
      try program.read("all.me") == """
        me 1
        let a = 2
        let b = a + 1
        # ok(W0601): as typed at the prompt
        let c = 5
        print(b * 10)

        """)
    let again = try program.run(input: ":load made.me\nb\n")
    #expect(again.output == "3\n3\n")
    let unknown = try program.run(input: ":tme 1\n")
    #expect(unknown.status != 0)
    #expect(unknown.errors.contains("did you mean `time`"))
  }

  @Test func savedScriptsGiveTheSameValue() throws {
    let outcome = try program.run(
      input: "let a = 1\nlet a = a + 1\na * 10\nlet b = ans + a\n:save x.me b\nb\n")
    #expect(outcome.status == 0)
    #expect(outcome.output == "20\n22\n")
    #expect(try program.run(input: ":load x.me\nb\n").output == "22\n22\n")
    let unknown = try program.run(input: ":save y.me nothing\n")
    #expect(unknown.status != 0)
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder)/y.me"))
  }

  @Test func helpKnowsCommandsErrorsAndMisspellings() throws {
    let outcome = try program.run(input: "?len\nhelp E0402\nhelp legn\nhelp\n")
    #expect(outcome.output.contains("len(value)\n"))
    #expect(outcome.output.contains("The divisor is zero."))
    #expect(outcome.output.contains("did you mean `len`?"))
    #expect(outcome.output.contains("help NAME"))
  }
}
