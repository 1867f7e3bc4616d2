import Files
import Foundation

/// Writes a folder whole or not at all, one writer at a time.
public enum FolderWriter {
  /// Replaces the folder at `path` by `files`, named by their paths in it: they are written beside it
  /// and the folder is renamed into its place. What earlier writers left when they were killed goes.
  /// - Parameters:
  ///   - locks: where the lock of the folder lies
  ///   - poll: called while another process writes the folder; may throw to give up
  public static func write(
    _ files: [String: Data], to path: String, locks: String, poll: () throws -> Void = {}
  ) throws {
    let target = WriteTarget(path).path
    let (parent, name) = (PathText.folder(of: target), (target as NSString).lastPathComponent)
    try DurableFile.makeFolder(parent)
    try DurableFile.makeFolder(locks)
    let real =
      (realpath(parent, nil).map { pointer in
        defer { free(pointer) }
        return String(cString: pointer)
      } ?? parent) + "/" + name
    let lock = try FileLock(
      "\(locks)/folder-\(ContentHash(of: Array(real.utf8)).short)", removesFile: true, poll: poll)
    defer { extendLifetime(lock) }
    let prefix = ".\(name).saving-"
    for old in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    where old.hasPrefix(prefix) {
      try? FileManager.default.removeItem(atPath: "\(parent)/\(old)")
    }
    let staged = "\(parent)/\(prefix)\(getpid())"
    do {
      for (path, data) in files.sorted(by: { $0.key < $1.key }) {
        let file = "\(staged)/\(path)"
        let temporary = try DurableFile.writeTemporary(data, in: PathText.folder(of: file))
        try DurableFile.rename(temporary, to: file)
      }
      FaultPoint.rename.reached()
      try ReplacedFolder.put(staged, at: target)
      FaultPoint.renamed.reached()
    } catch {
      try? FileManager.default.removeItem(atPath: staged)
      throw error
    }
  }
}
