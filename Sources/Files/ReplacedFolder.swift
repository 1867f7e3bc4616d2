import CFiles
import Foundation

/// Replaces a directory atomically: readers see all of the old files or all of the new ones, also
/// after a crash.
public enum ReplacedFolder {
  /// Moves the directory `staged` to `path` and replaces what is there, if anything. Both have the
  /// same parent.
  public static func put(_ staged: String, at path: String) throws(FileFault) {
    if rename(staged, path) == 0 { return sync(parentOf: path) }
    guard errno == ENOTEMPTY || errno == EEXIST else {
      throw .system("move the finished directory to", path, errno)
    }
    if cfiles_exchange(staged, path) != 0 {
      // A file system without the exchange: for a moment the name is absent, never half.
      let aside = "\(staged).old"
      guard rename(path, aside) == 0 else { throw .system("move aside", path, errno) }
      guard rename(staged, path) == 0 else {
        let number = errno
        rename(aside, path)
        throw .system("move the finished directory to", path, number)
      }
      rename(aside, staged)
    }
    sync(parentOf: path)
    try? FileManager.default.removeItem(atPath: staged)
  }

  private static func sync(parentOf path: String) {
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let folder = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)
      close(folder)
    }
  }
}
