import Canonical
import Experiments
import Foundation
import JSON
import Testing

@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct BundleTests {
  @Test func aBundleIsTheSameBytesAndVerifiesElsewhere() throws {
    let program = try SmallExperiment.finished()
    #expect(try program.run("bundle", "a.me", "-o", "x.tar.gz").status == 0)
    #expect(try program.run("bundle", "a.me", "-o", "y.tar.gz").status == 0)
    let bytes = FileManager.default.contents(atPath: "\(program.folder)/x.tar.gz")
    #expect(
      bytes != nil && bytes == FileManager.default.contents(atPath: "\(program.folder)/y.tar.gz"))

    // A place that knows nothing of the repository.
    let elsewhere = try Program()
    try FileManager.default.removeItem(atPath: "\(elsewhere.folder)/data")
    let opened = try elsewhere.run("unbundle", "\(program.folder)/x.tar.gz", "-o", "opened")
    #expect(opened.status == 0, "\(opened.errors)")
    #expect(
      opened.output
        == "unpacked into opened; to verify it:\n  cd opened && merepl verify --untrusted a.me\n")
    let json = try program.run("bundle", "a.me", "-o", "z.tar.gz", "--json")
    let bundled = JSONNode(try JSONValue(parsing: Array(json.output.utf8), source: "bundle"))
    #expect(try bundled.int("bytes") == bytes?.count)
    let again = try elsewhere.run("unbundle", "\(program.folder)/x.tar.gz", "-o", "two", "--json")
    let unpacked = JSONNode(try JSONValue(parsing: Array(again.output.utf8), source: "unbundle"))
    #expect(try unpacked.string("folder") == "two" && unpacked.strings("missing").isEmpty)
    let verified = try elsewhere.run("verify", "a.me", "--quiet", in: "opened")
    #expect(verified.status == 0, "\(verified.output) \(verified.errors)")
    #expect(verified.output.contains("figures: 1 of 1 bit-identical"))
    #expect(elsewhere.exists("opened/record.json"))
    // What is there is never replaced.
    let second = try elsewhere.run("unbundle", "\(program.folder)/x.tar.gz", "-o", "opened")
    #expect(second.status == 1 && second.errors.contains("already exists"))
  }

  /// What is handed on says what the script says now.
  @Test func aLockOfAnotherScriptIsNotHandedOn() throws {
    let program = try Program()
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/experiments", withIntermediateDirectories: true)
    try program.write("me 1\nlet x = 3\ntable \"T\" { row \"a\": x }\n", to: "experiments/a.me")
    #expect(try program.run("run", "experiments/a.me", "--quiet").status == 0)
    #expect(try program.run("status").output.contains("locked, 0 results, 1 cells"))
    try program.edit("experiments/a.me") { $0.replacing("x = 3", with: "x = 4") }
    #expect(try program.run("status").output.contains("stale, 0 results, 1 cells"))
    for (tool, file) in [("bundle", "b.tar.gz"), ("report", "b.html")] {
      let outcome = try program.run(tool, "experiments/a.me", "-o", file)
      #expect(
        outcome.status == 3 && outcome.errors.contains("its value of T | a | value differs")
          && !program.exists(file), "\(outcome.errors)")
    }
  }

  /// A second `data/scenes/world.json` in a bundle, on the way from the script to its root, made
  /// the receiver's own project the root.
  @Test func whatLooksLikeAProjectInsideABundleIsPartOfIt() throws {
    let program = try Program(copiesData: true)
    let folders = ["got/experiments/data/scenes", "got/data", "figures"]
    for folder in folders {
      try FileManager.default.createDirectory(
        atPath: "\(program.folder)/\(folder)", withIntermediateDirectories: true)
    }
    for name in ["data/scenes", "data/models"] {
      try FileManager.default.copyItem(
        atPath: "\(program.folder)/\(name)", toPath: "\(program.folder)/got/\(name)")
    }
    try program.write("{}", to: "got/bundle.json")
    try program.write(try program.read("data/scenes/world.json"), to: "\(folders[0])/world.json")
    try program.write("mine", to: "figures/f.svg")
    try program.write(
      "me 1\nfigure \"f\" bars({all: {x: [1.0]}}, y_label: \"y\")\n", to: "got/experiments/s.me")
    let outcome = try program.run("run", "--untrusted", "got/experiments/s.me")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try program.read("figures/f.svg") == "mine")
    #expect(program.exists("got/figures/f.svg"))
    // A script that lies elsewhere, in no bundle, is not run with this project's folders.
    let stranger = try Program()
    try stranger.write("me 1\nprint 1\n", to: "s.me")
    let refused = try program.run("run", "--untrusted", "\(stranger.folder)/s.me")
    #expect(
      refused.status == 1 && refused.errors.contains("is outside the project"),
      "\(refused.errors)")
  }

  /// `bundle`, `report` and `extract` make no folders, and say so before they do any work.
  @Test(arguments: [
    ["bundle", "a.me", "-o"], ["report", "a.me", "-o"],
    ["extract", "data/scenes/world.json", "--text", "a", "-o"],
    ["extract", "data/scenes/world.json", "--text", "a", "-o", "p", "--overlay"],
  ])
  func aPlaceThatIsMissingIsAClearError(arguments: [String]) throws {
    let program = try Program()
    try program.write("me 1\nprint(1)\n", to: "a.me")
    for (place, reason) in [
      ("missing/folder/b", "directory missing/folder does not exist"), (".", "it is a directory"),
    ] {
      let outcome = try program.run(arguments + [place])
      #expect(outcome.status == 1 && outcome.output == "")
      #expect(
        outcome.errors.contains("cannot write \(place): \(reason)"), "\(outcome.errors)")
    }
    #expect(!program.exists("missing"))
  }

  @Test func namesOfOneLetterAreNames() throws {
    let program = try Program()
    try program.write("me 1\ntable \"T\" { row \"r\": 1 }\n", to: "q")
    for arguments in [
      ["run", "q"], ["verify", "q"], ["bundle", "q", "-o", "b"], ["report", "q", "-o", "r"],
      ["unbundle", "b", "-o", "o"],
    ] {
      let outcome = try program.run(arguments)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    }
    #expect(program.exists("q.lock") && program.exists("o/q") && program.exists("r"))
  }

  @Test func largeInputsTravelByTheirHash() throws {
    let program = try SmallExperiment.finished(copiesData: true)
    #expect(try program.run("bundle", "a.me", "-o", "x.tar.gz", "--file-limit", "0").status == 0)
    let elsewhere = try Program()
    try FileManager.default.removeItem(atPath: "\(elsewhere.folder)/data")
    let without = try elsewhere.run("unbundle", "\(program.folder)/x.tar.gz", "-o", "one")
    #expect(without.status == 5)
    #expect(
      without.errors.contains("missing: data/checkpoints/qwen2.5-vl-mini-0/model.safetensors"))
    let with = try elsewhere.run(
      "unbundle", "\(program.folder)/x.tar.gz", "-o", "two", "--inputs", program.folder)
    #expect(with.status == 0, "\(with.errors)")
    #expect(try elsewhere.run("plan", "a.me", in: "two").status == 0)
    // A file of the same name with other bytes is not taken.
    try program.flipBit(in: "data/checkpoints/qwen2.5-vl-mini-0/model.safetensors")
    let changed = try elsewhere.run(
      "unbundle", "\(program.folder)/x.tar.gz", "-o", "three", "--inputs", program.folder)
    #expect(changed.status == 5 && changed.errors.contains("model.safetensors"))
  }

  /// A bundle by hand.
  private func bundle(
    _ program: Program, manifest: [String], files: [(String, String)]
  ) throws -> String {
    let listed = manifest.map { path -> JSONValue in
      let text = files.first { $0.0 == path }?.1 ?? ""
      return [
        "path": .string(path), "sha256": .string(ContentHash(of: Array(text.utf8)).hex),
        "bytes": .int(text.utf8.count), "included": true,
      ]
    }
    let json: JSONValue = [
      "bundle": 1, "tool": "0", "script": "a.me", "set": [:] as JSONValue, "files": .array(listed),
    ]
    let own = ArchivedFile(path: "bundle.json", data: Data(try json.serialized().utf8))
    let path = "\(program.folder)/b.tar.gz"
    try Archive.data([own] + files.map { ArchivedFile(path: $0.0, data: Data($0.1.utf8)) })
      .write(to: URL(filePath: path))
    return path
  }

  @Test func hostileBundlesLeaveNothingBehind() throws {
    let program = try Program()
    func refused(_ path: String, _ reason: String) throws {
      let outcome = try program.run("unbundle", path, "-o", "opened")
      #expect(outcome.status == 5, "\(reason): \(outcome.output)")
      #expect(outcome.errors.contains(reason), "\(outcome.errors)")
      #expect(!program.exists("opened"))
      #expect(!FileManager.default.fileExists(atPath: "\(program.folder)/../outside"))
    }
    let script = ("a.me", "me 1\n")
    #expect(
      try program.run(
        "unbundle", bundle(program, manifest: ["a.me"], files: [script]), "-o", "good"
      )
      .status == 0)
    try refused(
      bundle(program, manifest: ["a.me"], files: [script, ("../outside", "x")]), "begins with a dot"
    )
    try refused(
      bundle(program, manifest: ["a.me"], files: [script, ("extra", "x")]),
      "not in its list of files")
    try refused(bundle(program, manifest: ["a.me", "b"], files: [script]), "is missing")
    try refused(bundle(program, manifest: [], files: []), "no script")
    let layout = ["HEAD", "config", "objects/x", "refs/x"]
    try refused(
      bundle(program, manifest: ["a.me"] + layout, files: [script] + layout.map { ($0, "x") }),
      "layout of a git repository")
    try refused(
      bundle(
        program, manifest: ["a.me", "data/q/head", "data/q/objects/x"],
        files: [script, ("data/q/head", "x"), ("data/q/objects/x", "x")]),
      "layout of a git repository")
    try refused(
      bundle(program, manifest: ["a.me", ".git/config"], files: [script, (".git/config", "x")]),
      "begins with a dot")
    try program.write("no archive", to: "c.tar.gz")
    try refused("c.tar.gz", "rejected")
    try refused("none.tar.gz", "does not exist")
  }

  @Test func aStrangersScriptHasLowLimitsAndWritesNoData() throws {
    let program = try Program(copiesData: true)
    try program.write(
      "me 1\nfor i in range(999_999) { let x = i + i * i }\nprint(\"end\")\n", to: "long.me")
    #expect(try program.run("run", "long.me", "--quiet").status == 0)
    let limited = try program.run("run", "long.me", "--quiet", "--untrusted")
    #expect(limited.status == 4, "\(limited.errors)")
    let before = FileManager.default.contents(
      atPath: "\(program.folder)/data/checkpoints/qwen2.5-vl-mini-1/model.safetensors")
    try program.write(
      """
      me 1
      save(model("qwen2.5-vl-7b"), to: "data/checkpoints/qwen2.5-vl-mini-1")
      """, to: "save.me")
    let saved = try program.run("run", "save.me", "--untrusted")
    #expect(
      saved.status == 1 && saved.errors.contains("may not write data/checkpoints"),
      "\(saved.errors)")
    let after = FileManager.default.contents(
      atPath: "\(program.folder)/data/checkpoints/qwen2.5-vl-mini-1/model.safetensors")
    #expect(before != nil && before == after)
  }
}
