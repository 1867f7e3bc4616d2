import Files
import Foundation

/// What stands in a store where something else belongs: it is moved aside with a warning, for a
/// damaged store never stops a run.
public enum StoreDamage {
  /// The names in a folder of a store, for what is removed from it: none where a link leads to the
  /// folder, which may be anybody's.
  public static func names(in folder: String) -> [String] {
    var status = stat()
    guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return [] }
    return (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  }

  /// - Parameter kind: what belongs there, `S_IFDIR` or `S_IFREG`; a link to such a thing will do
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
    warn("\(path) was no \(kind == S_IFDIR ? "folder" : "file") of the store; it is now \(aside)")
  }
}
