import CFiles
import Glibc
import Synchronization

/// The files that are mapped in memory. If one is changed in place, its readers see the new bytes:
/// results are written only after checking ``changed``.
public enum MappedFiles {
  /// A mapping for as long as it lives.
  public final class Mapping: Sendable {
    private let number: Int32
    fileprivate let path: String
    fileprivate let state: [Int]

    /// - Parameters:
    ///   - start: where the file is mapped
    ///   - status: of the file when it was opened
    public init(_ start: UnsafeRawPointer, count: Int, path: String, status: stat) {
      self.path = path
      state = MappedFiles.state(status)
      number = cfiles_remember_mapping(start, count, path, 5)
      MappedFiles.live.withLock { $0[ObjectIdentifier(self)] = Entry(path: path, state: state) }
    }

    deinit {
      cfiles_forget_mapping(number)
      MappedFiles.live.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(self)) }
    }
  }

  private struct Entry {
    let path: String
    let state: [Int]
  }

  private static let live = Mutex<[ObjectIdentifier: Entry]>([:])

  /// The file, its size and when it was last changed.
  private static func state(_ status: stat) -> [Int] {
    [
      Int(status.st_dev), Int(status.st_ino), Int(status.st_size), status.st_mtim.tv_sec,
      status.st_mtim.tv_nsec,
    ]
  }

  /// A mapped file that was changed in place since it was opened, or nil. Replacing the file by
  /// another of the same name is harmless: the mapped bytes stay.
  public static var changed: String? {
    live.withLock { entries in
      entries.values.first { entry in
        var status = stat()
        guard stat(entry.path, &status) == 0 else { return false }
        let now = state(status)
        return now.prefix(2) == entry.state.prefix(2) && now != entry.state
      }?.path
    }
  }
}
