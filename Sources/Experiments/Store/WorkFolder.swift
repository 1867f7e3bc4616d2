import Files
import Foundation

/// A folder for work that one process does at a time and that a later one may go on with.
///
/// It is held by a lock on a file beside it, which dies with the process. Where another process
/// holds the folder of a name, the next free one is taken: `name-2`, `name-3` and so on.
public struct WorkFolder: ~Copyable {
  public let path: String
  private let lock: FileLock

  /// Takes a folder in `parent`, which is made when absent.
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

  /// Removes what is in it; the folder stays held.
  public func clear() { Folders.remove(path) }

  /// Removes the folders in `parent` that no process holds and that nobody took for `age` seconds.
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
