import Foundation

/// What stands in a store where something else belongs: it is moved aside with a warning, for a
/// damaged store never stops a run.
public enum StoreDamage {
  /// Whether a path is a folder itself and no link to one, for what is removed from it.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// - Parameter kind: what belongs there, `S_IFDIR` or `S_IFREG`; a link to such a thing will do
  static func clear(
    _ path: String, wanting kind: mode_t, _ warn: (String) -> Void
  ) throws(StoreError) {
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
