import Glibc
import Synchronization

/// The files that this process has read as inputs; it never overwrites them.
///
/// Files are identified by device and inode, so that links count as the same file, and by time and
/// size, because inodes are reused.
public enum ReadFiles {
  private struct Identity: Hashable {
    let device: UInt
    let number: UInt
    let size: Int
    let seconds: Int
    let nanoseconds: Int

    init(_ status: stat) {
      device = UInt(status.st_dev)
      number = UInt(status.st_ino)
      size = Int(status.st_size)
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
    }
  }

  private static let known = Mutex<Set<Identity>>([])
  private static let isProtecting = Atomic(false)

  /// From now on what this process has read is not replaced by what it writes. The program does so;
  /// whoever uses the modules as a library decides by itself.
  public static func startProtecting() { isProtecting.store(true, ordering: .relaxed) }

  /// Remembers an open file.
  public static func note(_ descriptor: Int32) {
    var status = stat()
    if fstat(descriptor, &status) == 0 { note(status) }
  }

  /// Remembers the file at a path; a path that leads nowhere is none.
  public static func note(_ path: String) {
    var status = stat()
    if stat(path, &status) == 0 { note(status) }
  }

  /// Remembers every file of a folder and of the folders in it, as those of a model.
  public static func note(filesIn folder: String, depth: Int = 2) {
    guard let entries = opendir(folder) else { return }
    defer { closedir(entries) }
    while let entry = readdir(entries) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      var status = stat()
      guard stat("\(folder)/\(name)", &status) == 0 else { continue }
      note(status)
      if depth > 1, status.st_mode & S_IFMT == S_IFDIR {
        note(filesIn: "\(folder)/\(name)", depth: depth - 1)
      }
    }
  }

  private static func note(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return }
    known.withLock { _ = $0.insert(Identity(status)) }
  }

  /// Whether what stands at a path was read, and is to stay.
  public static func contains(_ path: String) -> Bool {
    guard isProtecting.load(ordering: .relaxed) else { return false }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
    let identity = Identity(status)
    return known.withLock { $0.contains(identity) }
  }

  /// Throws where writing to `path` would replace what was read.
  public static func protect(_ path: String) throws(InputOverwrite) {
    if contains(path) { throw InputOverwrite(path: path) }
  }
}

/// An output that would overwrite an input.
public struct InputOverwrite: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String

  public var description: String {
    "cannot write \(path): this would overwrite an input; write to another file"
  }
}
