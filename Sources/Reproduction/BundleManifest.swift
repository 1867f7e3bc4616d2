import Canonical
import Diagnostics
import Experiments
import Foundation
import JSON
import ScriptInterpreter

/// The content of `bundle.json`: the script, how it was run, and every file that it needs.
public struct BundleManifest {
  public struct File {
    public let path: String
    let hash: ContentHash
    let bytes: Int
    /// Whether the bundle holds the file, or only its hash.
    let isIncluded: Bool
  }

  public static let name = "bundle.json"
  static let version = 1

  public let tool: String
  public let script: String
  public let assignments: [(name: String, value: String)]
  public let files: [File]

  public var json: JSONValue {
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
      throw ArchiveProblem("this version of bundle is not supported")
    }
    tool = try json.string("tool")
    script = try json.string("script")
    assignments = try json.object("set").asObject().map { name, value in
      (name, try value.asString())
    }
    files = try json.objects("files").map { file in
      let text = try file.string("sha256")
      guard let hash = ContentHash(hex: text) else {
        throw ArchiveProblem("\(text) is not a SHA-256 hash")
      }
      return File(
        path: try file.string("path"), hash: hash, bytes: try file.int("bytes"),
        isIncluded: try file.bool("included"))
    }
  }
}

/// A bundle that is not valid.
public struct ArchiveProblem: ExitCoded, CustomStringConvertible {
  public let description: String
  public var exitCode: Int32 { ExitStatus.inputMissing.code }

  public init(_ text: String) { description = text }
}
