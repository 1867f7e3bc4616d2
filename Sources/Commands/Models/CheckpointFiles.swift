import Canonical
import Diagnostics
import Experiments
import Files
import Foundation
import ScriptInterpreter

/// A checkpoint in memory: the bytes of its files by their relative paths. Nothing that happens
/// to the folder later reaches them.
struct CheckpointFiles: Sendable {
  private(set) var bytes: [String: Data]

  init(_ bytes: [String: Data]) { self.bytes = bytes }

  /// Reads a file, or every file below a folder; links are followed.
  /// - Throws: ``FileFault``
  init(reading location: String) throws(FileFault) {
    bytes = [:]
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: location, isDirectory: &isFolder) else {
      throw .missing(location)
    }
    guard isFolder.boolValue else {
      bytes[""] = try RegularFile.read(location)
      return
    }
    try gather(location, under: "", inside: [])
    if bytes.isEmpty { throw .missing("\(location)/*") }
  }

  /// - Parameter outer: the folders above, for a link may lead back to one of them
  private mutating func gather(
    _ folder: String, under prefix: String, inside outer: [[UInt64]]
  ) throws(FileFault) {
    var status = stat()
    guard stat(folder, &status) == 0 else { throw .system("open", folder, errno) }
    let identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
    if outer.contains(identity) { throw .system("follow the link", folder, ELOOP) }
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw .system("read the directory", folder, EACCES)
    }
    for name in names {
      let path = "\(folder)/\(name)"
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw .missing(path)
      }
      if isFolder.boolValue {
        try gather(path, under: "\(prefix)\(name)/", inside: outer + [identity])
      } else {
        bytes[prefix + name] = try RegularFile.read(path)
      }
    }
  }

  /// SHA-256 of a file, or over the files of a folder by relative path.
  var hash: ContentHash {
    if let only = bytes[""] { return ContentHash(of: only) }
    var encoder = CanonicalEncoder()
    for (path, data) in bytes.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
      encoder.encode(path)
      encoder.encode(ContentHash(of: data).hex)
    }
    return encoder.digest
  }

  /// The files below `folder` within the checkpoint, under their paths from there.
  func below(_ folder: String) -> CheckpointFiles {
    CheckpointFiles(
      Dictionary(
        uniqueKeysWithValues: bytes.compactMap { path, data in
          PathText.relative(path, to: folder).map { ($0, data) }
        }))
  }

  /// With other files beside these, or in their place.
  func adding(_ other: CheckpointFiles, below folder: String = "") -> CheckpointFiles {
    let prefix = folder.isEmpty ? "" : folder + "/"
    var all = bytes
    for (path, data) in other.bytes { all[prefix + path] = data }
    return CheckpointFiles(all)
  }

  // MARK: - As a folder

  /// Writes the files into a folder, which is made where it is absent.
  func write(to folder: String) throws {
    for (path, data) in bytes.sorted(by: { $0.key < $1.key }) {
      let target = "\(folder)/\(path)"
      try Folders.make(PathText.folder(of: target))
      try WholeFile.write(data, to: target)
    }
  }

  /// A folder of their own with these files, for readers that take paths. It is gone when `body`
  /// returns; what `body` mapped into memory stays, out of everybody's reach.
  /// - Parameter name: what errors call the folder
  /// - Throws: what `body` throws; a file that it cannot make sense of is an input that is missing
  ///   or damaged, exit status 5
  func withFolder<T>(
    in workspace: Workspace, name: String, _ body: (_ folder: String) throws -> T
  ) throws -> T {
    try ScratchFolder.use(below: workspace.store.root) { folder in
      for (path, data) in bytes {
        let target = "\(folder)/\(path)"
        try Folders.make(PathText.folder(of: target))
        try WholeFile.create(target, data)
      }
      do {
        return try body(folder)
      } catch let error as CancelledError {
        throw error
      } catch {
        throw CommandError(
          "\(error)".replacingOccurrences(of: folder, with: name), exitCode: 5)
      }
    }
  }

  /// What `body` writes into a folder.
  init(writtenBy body: (_ folder: String) throws -> Void, in workspace: Workspace) throws {
    self = try ScratchFolder.use(below: workspace.store.root) { folder in
      try body(folder)
      return try CheckpointFiles(reading: folder)
    }
  }
}

/// Folders that exist while something is read or written through them.
enum ScratchFolder {
  static func use<T>(below root: String, _ body: (String) throws -> T) throws -> T {
    let parent = "\(root)/scratch"
    try Folders.make(parent)
    return try Folders.withTemporary(in: parent, body)
  }
}
