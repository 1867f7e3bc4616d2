import Canonical
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
    let parent = PathText.folder(of: target)
    try Folders.make(parent)
    try Folders.make(locks)
    let real = (RealPath.of(parent) ?? parent) + "/" + PathText.name(of: target)
    let lock = try FileLock(
      "\(locks)/folder-\(ContentHash(of: Array(real.utf8)).short)", removesFile: true, poll: poll)
    defer { extendLifetime(lock) }
    StagedFolder.removeLeftovers(of: target)
    let folder = try StagedFolder(for: target)
    for (name, data) in files.sorted(by: { $0.key < $1.key }) {
      try folder.write(data, as: name)
    }
    try folder.commit()
  }
}
