import Files
import Foundation

/// A directory for work that one process does at a time and that a later process can resume.
///
/// It is held by a lock on a file beside it, which ends with the process. If another process holds
/// the directory, the next free name is used: `name-2`, `name-3` and so on.
public struct WorkFolder: ~Copyable {
  public let path: String
  private let lock: FileLock

  /// Takes a directory in `parent`, which is created if needed.
  public init(_ name: String, in parent: String) throws {
    try Folders.make(parent)
    var number = 1
    while true {
      let path = "\(parent)/\(name)" + (number == 1 ? "" : "-\(number)")
      if let lock = try FileLock(ifFree: "\(path).lock") {
        self.path = path
        self.lock = lock
        return
      }
      number += 1
    }
  }

  /// Removes its contents; the directory stays held.
  public func clear() { Folders.remove(path) }

  /// Removes directories in `parent` that no process holds and that were unused for `age` seconds.
  /// - Returns: how many
  public static func collect(in parent: String, age: Double, now: Double) -> Int {
    var removed = 0
    for name in StoreDamage.names(in: parent) where !name.hasSuffix(".lock") {
      let path = "\(parent)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0, now - Double(status.st_mtim.tv_sec) > age,
        let lock = try? FileLock(ifFree: "\(path).lock")
      else { continue }
      if Folders.remove(path) { removed += 1 }
      extendLifetime(lock)
    }
    return removed
  }
}
