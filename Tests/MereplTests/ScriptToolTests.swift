import Foundation
import Testing

/// `fmt`, `explain`, `check`, standard input and misspelt subcommands.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct ScriptToolTests {
  let program: Program

  init() throws { program = try Program() }

  @Test func fmtRewritesOnceAndChecks() throws {
    try program.write("me 1\nlet a=1   # one\nprint( a )\n", to: "a.me")
    let check = try program.run("fmt", "a.me", "--check")
    #expect(check.status == 1)
    #expect(check.output == "a.me\n")
    #expect(try program.read("a.me") == "me 1\nlet a=1   # one\nprint( a )\n")
    #expect(try program.run("fmt", "a.me").status == 0)
    #expect(try program.read("a.me") == "me 1\nlet a = 1  # one\nprint(a)\n")
    #expect(try program.run("fmt", "a.me", "--check").status == 0)
    let piped = try program.run("fmt", "--stdin", input: "me 1\nprint( 1 )\n")
    #expect(piped.output == "me 1\nprint(1)\n")
  }

  @Test func fmtLeavesBrokenScriptsAndAllOthersAlone() throws {
    try program.write("me 1\nprint( 1 )\n", to: "good.me")
    try program.write("me 1\nprint( (1 )\n", to: "broken.me")
    let outcome = try program.run("fmt", "good.me", "broken.me")
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("E0106"))
    #expect(try program.read("good.me") == "me 1\nprint( 1 )\n")
    #expect(try program.run("fmt").status == 64)
    #expect(try program.run("fmt", "none.me").status == 5)
  }

  @Test func explainShowsAPage() throws {
    let page = try program.run("explain", "e0312")
    #expect(page.status == 0)
    #expect(page.output.hasPrefix("E0312 (error): "))
    #expect(page.output.contains("within(a, b, tolerance: 0.5)"))
    let all = try program.run("explain")
    #expect(all.output.split(separator: "\n").count > 50)
    #expect(try program.run("explain", "E9999").status == 64)
    let json = try program.run("explain", "W0605", "--json")
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    #expect(object?["severity"] as? String == "warning")
  }

  @Test(arguments: [
    ("rnu", "did you mean `run`?"), ("chek", "did you mean `check`?"),
    ("table5.me", "merepl run table5.me"), ("frobnicate", "the subcommands are run, check"),
  ])
  func aMisspeltSubcommandIsNamed(word: String, hint: String) throws {
    let outcome = try program.run(word, "x.me")
    #expect(outcome.status == 64)
    #expect(outcome.output == "")
    #expect(outcome.errors.contains("unknown subcommand `\(word)`"))
    #expect(outcome.errors.contains(hint))
  }

  @Test func scriptsComeFromStandardInputToo() throws {
    let script = "me 1\nparam n: int = 2 in 1..9\nprint(n * n)\n"
    #expect(try program.run("run", "-", "--set", "n=4", input: script).output == "16\n")
    #expect(try program.run("--set", "n=3", input: script).output == "9\n")
    #expect(try program.run("check", "-", input: "me 1\nprint(x)\n").status == 2)
    #expect(try program.run("--set", "n=5", "-c", script).output == "25\n")
  }

  @Test func linksOutOfTheFoldersAreNotFollowed() throws {
    let out = "\(program.folder)/out"
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    let target = NSTemporaryDirectory() + "merepl-target-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: target) }
    try FileManager.default.createSymbolicLink(
      atPath: "\(out)/link", withDestinationPath: target)
    try program.write(
      "me 1\nprint(write_tensor(tensor([1]), to: \"out/link/a.safetensors\"))\n", to: "a.me")
    let outcome = try program.run("run", "a.me")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("E0311"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: target).isEmpty)
  }

  @Test func aScriptWithoutAnEndIsRefused() throws {
    let outcome = try program.run("check", "/dev/zero")
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("the script /dev/zero cannot be read: it is a device"))
  }
}
