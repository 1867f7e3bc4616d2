import Commands
import Experiments
import Foundation
import JSON
import ScriptInterpreter
import ScriptSyntax

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

/// Gathers what somebody else needs to verify a script.
struct Bundle {
  /// Files up to this size go into the bundle.
  let fileLimit: Int
  let pass: ScriptPass
  private let root: String

  init(_ pass: ScriptPass, fileLimit: Int) throws {
    self.pass = pass
    self.fileLimit = fileLimit
    root = ScriptFile.realPath(pass.session.workspace.root) ?? pass.session.workspace.root
  }

  /// The archive, and the files that are in it by their hash alone.
  func archive(_ assignments: [Assignment]) throws -> (data: Data, missing: [String]) {
    let script = pass.script
    let texts =
      try [script.path, script.lockPath].map(relative)
      + pass.program.included.values.map { try relative($0.file.path) }
    var paths = texts
    for figure in pass.outcome.figures {
      paths += ["svg", "png"].map { "figures/\(figure.name).\($0)" }.filter(exists)
    }
    for input in pass.outcome.inputs { paths += try expand(input) }
    var files: [BundleManifest.File] = []
    var contents: [ArchivedFile] = []
    for path in Set(paths).sorted() {
      if let problem = ArchivePath.problem(path) {
        throw CommandError("\(path) cannot go into a bundle: its name \(problem)")
      }
      guard let data = FileManager.default.contents(atPath: "\(root)/\(path)") else {
        throw CommandError("\(path) cannot be read", exitCode: ExitStatus.inputMissing.code)
      }
      let isIncluded = data.count <= fileLimit || texts.contains(path)
      files.append(
        .init(path: path, hash: ContentHash(of: data), bytes: data.count, isIncluded: isIncluded))
      if isIncluded { contents.append(ArchivedFile(path: path, data: data)) }
    }
    if let record = try record() {
      contents.append(ArchivedFile(path: "record.json", data: record))
    }
    let manifest = BundleManifest(
      tool: Merepl.version, script: try relative(script.path),
      assignments: assignments.map { ($0.name, $0.value) }, files: files)
    contents.append(
      ArchivedFile(
        path: BundleManifest.name,
        data: Data((try manifest.json.serialized(pretty: true) + "\n").utf8)))
    return (try Archive.data(contents), files.filter { !$0.isIncluded }.map(\.path))
  }

  /// The record of the newest run that gave the lock.
  private func record() throws -> Data? {
    let text = try pass.script.lock().text
    let history = RunHistory(folder: pass.session.runsFolder)
    let run = history.runs.last { (try? $0.lock()?.text) == text }
    return run.flatMap {
      FileManager.default.contents(atPath: "\(pass.session.runsFolder)/\($0.id).json")
    }
  }

  /// A path from the root.
  private func relative(_ path: String) throws -> String {
    guard let real = ScriptFile.realPath(path) else {
      throw CommandError(
        "\(path) does not exist",
        suggestion: path.hasSuffix(".lock") ? "run the script first" : nil,
        exitCode: ExitStatus.inputMissing.code)
    }
    guard real.hasPrefix(root + "/") else {
      throw CommandError("\(path) lies outside \(root), whose files a bundle holds")
    }
    return String(real.dropFirst(root.count + 1))
  }

  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(root)/\(path)")
  }

  /// A file, or every file below a folder.
  private func expand(_ path: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) else {
      return []
    }
    guard isFolder.boolValue else { return [path] }
    let real = ScriptFile.realPath("\(root)/\(path)") ?? "\(root)/\(path)"
    let names = FileManager.default.enumerator(atPath: real)?.compactMap { $0 as? String } ?? []
    return names.filter { name in
      var status = stat()
      return stat("\(real)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }.map { "\(path)/\($0)" }
  }
}
