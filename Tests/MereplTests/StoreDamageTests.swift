import Canonical
import Experiments
import Foundation
import JSON
import Testing

/// A damaged store never stops a run: what cannot be used is said and computed again.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct StoreDamageTests {
  private static let damages: [(String, @Sendable (Program) throws -> Void)] = [
    (
      "a pipe as journal",
      { program in
        let path = "\(program.folder)/.merepl/journal.log"
        unlink(path)
        mkfifo(path, 0o600)
      }
    ),
    (
      "a folder as journal",
      { program in
        let path = "\(program.folder)/.merepl/journal.log"
        unlink(path)
        mkdir(path, 0o700)
      }
    ),
    (
      "a file as folder of objects",
      { program in
        try FileManager.default.removeItem(atPath: "\(program.folder)/.merepl/objects")
        try program.write("x", to: ".merepl/objects")
      }
    ),
    (
      "folders in place of objects",
      { program in
        for object in program.files(below: ".merepl/objects") {
          unlink("\(program.folder)/\(object)")
          mkdir("\(program.folder)/\(object)", 0o700)
        }
      }
    ),
    (
      "zeros at the end of the journal",
      { program in
        truncate("\(program.folder)/.merepl/journal.log", 1 << 30)
      }
    ),
    (
      "long lines in the journal",
      { program in
        try program.edit(".merepl/journal.log") {
          String(repeating: "put ", count: 100_000) + "\n" + $0
        }
      }
    ),
  ]

  @Test(arguments: damages.map(\.0))
  func theRunGoesOn(damage: String) throws {
    let program = try SmallExperiment.finished()
    try Self.damages.first { $0.0 == damage }?.1(program)
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 0 && outcome.signal == 0, "\(outcome.errors)")
    #expect(try program.read("a.lock") == SmallExperiment.lock)
    let again = try program.run("run", "a.me", "--quiet")
    #expect(again.status == 0, "\(again.errors)")
  }

  /// Entries whose hashes fit and whose content makes no sense.
  @Test(arguments: ["twice", "none", "garbage", "argument twice"])
  func entriesThatMakeNoSenseAreComputedAgain(kind: String) throws {
    let program = try SmallExperiment.finished()
    let root = "\(program.folder)/.merepl"
    let store = try ResultStore(root: root) { _ in }
    for item in try store.items() {
      let result = try #require(try store.value(for: item.key))
      if kind == "garbage" {
        let blobs = result.blobs.mapValues { _ in Data("garbage".utf8) }
        try store.put(
          item.key, blobs: blobs, summary: ["x": "garbage"], label: item.label, numbers: .none)
        continue
      }
      // The entry is written by hand, under its own hash, with a line of the journal that fits.
      let hash = String(repeating: "a", count: 64)
      let part: JSONValue = ["name": "p", "sha256": .string(hash), "bytes": 1]
      var key = item.key.json
      if kind == "argument twice", case .object(var members) = key,
        case .array(let arguments)? = members["arguments"]
      {
        members["arguments"] = .array(arguments + arguments)
        key = .object(members)
      }
      let entry: JSONValue = [
        "key": key, "label": "", "summary": .null, "inputs": [:],
        "blobs": kind == "twice" ? [part, part] : [],
      ]
      let bytes = Data(try entry.serialized().utf8)
      let own = ContentHash(of: bytes).hex
      let folder = "\(root)/objects/\(own.prefix(2))"
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try bytes.write(to: URL(filePath: "\(folder)/\(own.dropFirst(2))"))
      let line = "put \(item.key.hex) \(own)"
      try program.edit(".merepl/journal.log") {
        $0 + "\(line) \(ContentHash(of: Data(line.utf8)).hex.prefix(8))\n"
      }
    }
    let outcome = try program.run("run", "a.me", "--quiet")
    #expect(outcome.status == 0 && outcome.errors.contains("recomput"), "\(outcome.errors)")
    #expect(try program.read("a.lock") == SmallExperiment.lock)
    #expect(try program.run("run", "a.me", "--quiet").errors == "")
  }
}
