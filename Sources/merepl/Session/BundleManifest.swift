import Canonical
import Experiments
import Foundation
import JSON
import ScriptInterpreter

/// What stands in `bundle.json`: the script, how it was run, and every file that it needs.
struct BundleManifest {
  struct File {
    let path: String
    let hash: ContentHash
    let bytes: Int
    /// Whether the bundle holds the file, or only its hash.
    let isIncluded: Bool
  }

  static let name = "bundle.json"
  static let version = 1

  let tool: String
  let script: String
  let assignments: [(name: String, value: String)]
  let files: [File]

  var json: JSONValue {
    [
      "bundle": .int(Self.version), "tool": .string(tool), "script": .string(script),
      "set": JSONValue(members: assignments.map { ($0.name, .string($0.value)) }),
      "files": .array(
        files.map {
          [
            "path": .string($0.path), "sha256": .string($0.hash.hex), "bytes": .int($0.bytes),
            "included": .bool($0.isIncluded),
          ]
        }),
    ]
  }

  init(
    tool: String, script: String, assignments: [(name: String, value: String)], files: [File]
  ) {
    self.tool = tool
    self.script = script
    self.assignments = assignments
    self.files = files
  }

  init(_ data: Data) throws {
    let json = JSONNode(try JSONValue(parsing: [UInt8](data), source: Self.name), path: Self.name)
    guard try json.int("bundle") == Self.version else {
      throw ArchiveProblem("it is a bundle of another version")
    }
    tool = try json.string("tool")
    script = try json.string("script")
    assignments = try json.object("set").asObject().map { name, value in
      (name, try value.asString())
    }
    files = try json.objects("files").map { file in
      let text = try file.string("sha256")
      guard let hash = ContentHash(hex: text) else {
        throw ArchiveProblem("\(text) is no SHA-256 hash")
      }
      return File(
        path: try file.string("path"), hash: hash, bytes: try file.int("bytes"),
        isIncluded: try file.bool("included"))
    }
  }
}

/// A bundle that is not what it should be.
struct ArchiveProblem: ExitCoded, CustomStringConvertible {
  let description: String
  var exitCode: Int32 { ExitStatus.inputMissing.code }

  init(_ text: String) { description = text }
}
