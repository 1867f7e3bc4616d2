import Files
import Foundation

/// Writes a directory completely or not at all, one writer at a time.
public enum FolderWriter {
  /// Replaces the directory at `path` by `files`, given by their paths in it: they are written to a
  /// directory beside it, which is then renamed. Leftovers of killed writers are removed.
  /// - Parameters:
  ///   - locks: the directory of lock files
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
