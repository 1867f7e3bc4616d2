import Canonical
import Experiments
import Foundation
import JSON
import Testing

/// Folders that somebody else filled: bundles, configurations that name programs, links.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct StrangersFolderTests {
  private static let table = "me 1\ntable \"T\" { row \"a\": 1 }\n"

  /// A configuration with every way that git has to start something when it is only asked.
  private func trap(_ program: Program, git: String) throws {
    let files = FileManager.default
    for folder in ["objects", "refs", "info"] {
      try files.createDirectory(
        atPath: "\(program.folder)/\(git)\(folder)", withIntermediateDirectories: true)
    }
    try program.write("ref: refs/heads/main\n", to: "\(git)HEAD")
    try program.write(
      """
      [core]
      \trepositoryformatversion = 0
      \tbare = false
      \tworktree = \(program.folder)
      \tfsmonitor = "touch \(program.folder)/ran; false"
      [filter "x"]
      \tclean = touch \(program.folder)/ran; cat
      \trequired = true
      [diff "x"]
      \ttextconv = touch \(program.folder)/ran; cat
      \tcommand = touch \(program.folder)/ran
      [diff]
      \texternal = touch \(program.folder)/ran

      """, to: "\(git)config")
    try program.write("* filter=x diff=x\n", to: ".gitattributes")
  }

  @Test func gitStartsNothing() throws {
    let program = try Program(copiesData: true)
    try program.write(Self.table, to: "a.me")
    // A repository with a commit, so that there is something to compare.
    let git = Process()
    git.executableURL = URL(filePath: "/bin/sh")
    git.arguments = [
      "-c",
      "cd '\(program.folder)' && git init -q -b main . && git add a.me && "
        + "git -c user.name=a -c user.email=a@b commit -qm x && echo '# more' >> a.me",
    ]
    try git.run()
    git.waitUntilExit()
    guard git.terminationStatus == 0 else { return }
    try trap(program, git: ".git/")
    let run = try program.run("run", "a.me", "--quiet")
    #expect(run.status == 0, "\(run.errors)")
    #expect(!program.exists("ran"))
    let record = RunHistory(folder: "\(program.folder)/.merepl/runs").runs.last
    #expect(record?.commit != nil && record?.isDirty == true)
  }

  @Test func gitIsNotAskedAboutABundle() throws {
    let program = try Program(copiesData: true)
    try program.write(Self.table, to: "a.me")
    try program.write("{}", to: "bundle.json")
    try trap(program, git: "")
    for flags in [[], ["--untrusted"]] {
      let run = try program.run(["run", "--quiet"] + flags + ["a.me"])
      #expect(run.status == 0, "\(run.errors)")
    }
    #expect(!program.exists("ran"))
    let runs = RunHistory(folder: "\(program.folder)/.merepl/runs").runs
    #expect(!runs.isEmpty && runs.allSatisfy { $0.commit == nil })
  }

  /// A bundle inside somebody's project never takes that project for its own.
  @Test func aBundleIsAProjectOfItsOwn() throws {
    let program = try Program(copiesData: true)
    try FileManager.default.createDirectory(
      atPath: "\(program.folder)/opened", withIntermediateDirectories: true)
    try program.write("{}", to: "opened/bundle.json")
    try program.write(
      "me 1\nprint(write_tensor(tensor([1, 2]), to: \"out/pair.safetensors\"))\n",
      to: "opened/a.me")
    for flags in [[], ["--untrusted"]] {
      let inside = try program.run(["run"] + flags + ["a.me"], in: "opened")
      #expect(inside.status == 5 && inside.errors.contains("world.json"), "\(inside.errors)")
      let above = try program.run(["run"] + flags + ["opened/a.me"])
      #expect(above.status == 5 && above.errors.contains("world.json"), "\(above.errors)")
    }
    #expect(!program.exists("out") && !program.exists(".merepl"))
    // With the world it writes into itself.
    try FileManager.default.copyItem(
      atPath: "\(program.folder)/data", toPath: "\(program.folder)/opened/data")
    let whole = try program.run("run", "--untrusted", "opened/a.me")
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(program.exists("opened/out/pair.safetensors") && !program.exists("out"))
    #expect(whole.errors.contains("/opened; can write only"), "\(whole.errors)")
  }

  @Test func nothingFromOutsideIsPacked() throws {
    let program = try Program(copiesData: true)
    try program.write(Self.table, to: "a.me")
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    let outside = try Program()
    try outside.write("private", to: "private.txt")
    let place = "\(program.folder)/data/scenes/extra.json"
    try FileManager.default.createSymbolicLink(
      atPath: place, withDestinationPath: "\(outside.folder)/private.txt")
    let file = try program.run("bundle", "a.me", "-o", "b.tar.gz")
    #expect(file.status == 1 && file.errors.contains("data/scenes/extra.json"), "\(file.errors)")
    try FileManager.default.removeItem(atPath: place)
    try FileManager.default.createSymbolicLink(
      atPath: "\(program.folder)/data/scenes/folder", withDestinationPath: outside.folder)
    let folder = try program.run("bundle", "a.me", "-o", "b.tar.gz")
    #expect(folder.status == 1 && folder.errors.contains("data/scenes/folder"), "\(folder.errors)")
    #expect(!program.exists("b.tar.gz"))
    // A link within the project is a file like others.
    try FileManager.default.removeItem(atPath: "\(program.folder)/data/scenes/folder")
    try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: "world.json")
    let within = try program.run("bundle", "a.me", "-o", "b.tar.gz")
    #expect(within.status == 0, "\(within.errors)")
  }

  @Test func aRecordTellsNothingOfItsMaker() throws {
    let program = try Program(copiesData: true)
    try program.write(SmallExperiment.text, to: "a.me")
    #expect(try program.run("run", "\(program.folder)/a.me", "--quiet").status == 0)
    #expect(try program.run("bundle", "a.me", "-o", "x.tar.gz").status == 0)
    // Nothing is computed in between.
    #expect(try program.run("run", "a.me", "--quiet").status == 0)
    #expect(try program.run("bundle", "a.me", "-o", "y.tar.gz").status == 0)
    let bytes = FileManager.default.contents(atPath: "\(program.folder)/x.tar.gz")
    #expect(bytes == FileManager.default.contents(atPath: "\(program.folder)/y.tar.gz"))
    let record = try Archive.files(bytes ?? Data()).first { $0.path == "record.json" }
    let text = String(decoding: record?.data ?? Data(), as: UTF8.self)
    #expect(
      text.contains("\"steps\"") && text.contains("\"path\": \"a.me\""), "\(text.prefix(400))")
    for word in [
      program.folder, "\"kernel\"", "\"patch\"", "\n  \"arguments\"", "\"folder\"", "absolute",
    ] {
      #expect(!text.contains(word), "\(word)")
    }
  }

  @Test func aLineToCopyIsQuoted() throws {
    let program = try Program()
    let name = "x;touch ran;$(id).me"
    let script = "me 1\n"
    let json: JSONValue = [
      "bundle": 1, "tool": "9\u{1b}]0;owned\u{7}", "script": .string(name),
      "set": ["a": "$(touch ran)"] as JSONValue,
      "files": [
        [
          "path": .string(name), "sha256": .string(ContentHash(of: Array(script.utf8)).hex),
          "bytes": 5, "included": true,
        ] as JSONValue
      ],
    ]
    try Archive.data([
      ArchivedFile(path: "bundle.json", data: Data(try json.serialized().utf8)),
      ArchivedFile(path: name, data: Data(script.utf8)),
    ]).write(to: URL(filePath: "\(program.folder)/b.tar.gz"))
    let outcome = try program.run("unbundle", "b.tar.gz", "-o", "o 1")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      outcome.output.contains(
        "cd 'o 1' && merepl verify --untrusted 'x;touch ran;$(id).me' '--set=a=$(touch ran)'")
        || outcome.output.contains("--set='a=$(touch ran)'"), "\(outcome.output)")
    #expect(!(outcome.output + outcome.errors).contains("\u{1b}"))
  }
}
