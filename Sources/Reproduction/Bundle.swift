import Canonical
import Commands
import Diagnostics
import Experiments
import Files
import Foundation
import JSON
import ScriptInterpreter
import ScriptSyntax

/// Collects everything needed to verify a script elsewhere.
public struct Bundle {
  /// Files up to this size go into the bundle.
  let fileLimit: Int
  let pass: ScriptPass
  /// Whether the record names changed files and has the uncommitted patch.
  let withPatch: Bool
  private let root: String

  public init(_ pass: ScriptPass, fileLimit: Int, withPatch: Bool) throws {
    self.pass = pass
    self.fileLimit = fileLimit
    self.withPatch = withPatch
    root = RealPath.of(pass.session.workspace.root) ?? pass.session.workspace.root
  }

  /// The archive, and the files that are in it by their hash alone.
  public func archive(_ assignments: [Assignment]) throws -> (data: Data, missing: [String]) {
    let script = pass.script
    try pass.requireCurrentLock()
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
        throw CommandError("cannot bundle \(path): its name \(problem)")
      }
      let data = try content(path)
      let isIncluded = data.count <= fileLimit || texts.contains(path)
      files.append(
        .init(path: path, hash: ContentHash(of: data), bytes: data.count, isIncluded: isIncluded))
      if isIncluded { contents.append(ArchivedFile(path: path, data: data)) }
    }
    if let problem = ArchivePath.repositoryFolder(in: files.map(\.path)) {
      throw CommandError(problem)
    }
    if let record = try BundleRecord(pass, root: root, withPatch: withPatch).data() {
      contents.append(ArchivedFile(path: "record.json", data: record))
    }
    let manifest = BundleManifest(
      tool: ToolVersion.current, script: try relative(script.path),
      assignments: assignments.map { ($0.name, $0.value) }, files: files)
    contents.append(
      ArchivedFile(
        path: BundleManifest.name,
        data: Data((try manifest.json.serialized(pretty: true) + "\n").utf8)))
    return (try Archive.data(contents), files.filter { !$0.isIncluded }.map(\.path))
  }

  /// A path from the root.
  private func relative(_ path: String) throws -> String {
    guard let real = RealPath.of(path) else {
      throw CommandError(
        "\(path) does not exist",
        suggestion: path.hasSuffix(".lock") ? "run the script first" : nil,
        exitCode: ExitStatus.inputMissing.code)
    }
    guard let relative = PathText.relative(real, to: root) else {
      throw CommandError("\(path) is outside the project \(root)")
    }
    return relative
  }

  private func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(root)/\(path)")
  }

  /// The bytes of a file in the project, following links.
  private func content(_ path: String) throws -> Data {
    try refuseWayOut(path)
    let full = "\(root)/\(path)"
    guard let data = RegularFile.contents(full) else {
      throw CommandError("\(path) cannot be read", exitCode: ExitStatus.inputMissing.code)
    }
    ReadFiles.note(full)
    return data
  }

  /// Nothing outside is packed: a link may lead to another place in the same folder of the project,
  /// which itself may be a link of the user's.
  private func refuseWayOut(_ path: String) throws {
    let parts = path.split(separator: "/")
    let top = parts.count > 1 ? "\(root)/\(parts[0])" : root
    guard let allowed = RealPath.of(top),
      let target = RealPath.of("\(root)/\(path)")
    else {
      throw CommandError("\(path) cannot be read", exitCode: ExitStatus.inputMissing.code)
    }
    guard PathText.isWithin(target, allowed) || PathText.relative(target, to: root) != nil else {
      throw CommandError(
        "\(path) is a symbolic link to \(target), which is outside the project",
        code: .pathOutside, suggestion: "replace the link with the file, or remove it")
    }
  }

  /// A file, or every file below a folder, links to folders followed.
  private func expand(_ path: String, depth: Int = 0) throws -> [String] {
    var status = stat()
    guard lstat("\(root)/\(path)", &status) == 0 else {
      // What the script asks for and is not there is left to `verify` to miss.
      if depth == 0 { return [] }
      throw CommandError("\(path) cannot be read", exitCode: ExitStatus.inputMissing.code)
    }
    if status.st_mode & S_IFMT == S_IFLNK {
      try refuseWayOut(path)
      guard stat("\(root)/\(path)", &status) == 0 else {
        throw CommandError("\(path) cannot be read", exitCode: ExitStatus.inputMissing.code)
      }
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return [path]
    case S_IFDIR:
      guard depth < ArchiveLimits().depth else {
        throw CommandError("cannot bundle \(path): its directories are nested too deeply")
      }
      return try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(path)").sorted()
        .flatMap { try expand("\(path)/\($0)", depth: depth + 1) }
    default: return []
    }
  }
}
