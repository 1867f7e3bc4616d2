import Files
import Foundation

/// Moves misplaced files in a store aside with a warning: a corrupted store never stops a run.
public enum StoreDamage {
  /// The names in a directory of a store, for removal; empty if the directory is a symbolic link,
  /// which may lead anywhere.
  public static func names(in folder: String) -> [String] {
    var status = stat()
    guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [] }
    return (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// - Parameter kind: the expected kind, `S_IFDIR` or `S_IFREG`; a link to that kind is accepted
  static func clear(
    _ path: String, wanting kind: mode_t, _ warn: (String) -> Void
  ) throws(FileFault) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    let isLink = status.st_mode & S_IFMT == S_IFLNK
    if isLink, stat(path, &status) != 0 { status.st_mode = 0 }
    if status.st_mode & S_IFMT == kind { return }
    var number = 1
    while lstat("\(path).damaged-\(number)", &status) == 0 { number += 1 }
    let aside = "\(path).damaged-\(number)"
    guard rename(path, aside) == 0 else { throw .system("move aside", path, errno) }
    warn("\(path) is not a \(kind == S_IFDIR ? "directory" : "regular file"); moved to \(aside)")
  }
}
