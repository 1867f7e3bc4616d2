import Files
import Glibc
import Synchronization

/// Writes a file so that its name shows either the old bytes or all of the new ones: a temporary
/// file in the same folder is filled, synced, and renamed over the name. A symbolic link stays, and
/// its target is replaced; a device or a pipe gets the bytes as they come.
public struct AtomicFile: ~Copyable {
  private let path: String
  /// Nil where bytes go to a device or a pipe.
  private let temporary: String?
  private let descriptor: Int32
  private static let counter = Atomic<Int>(0)

  /// Creates or replaces the file at `path` with what `body` writes. Nothing is left behind when
  /// `body` throws.
  public static func write(
    to path: String, _ body: (borrowing AtomicFile) throws -> Void
  ) throws {
    try ReadFiles.protect(path)
    let file = try AtomicFile(path: path)
    do {
      try body(file)
      try file.finish()
    } catch {
      if let temporary = file.temporary { unlink(temporary) }
      throw error
    }
  }

  /// Appends bytes.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    try WrittenBytes.add(bytes.count)
    var rest = bytes[...]
    while !rest.isEmpty {
      let slice = UnsafeRawBufferPointer(rebasing: rest)
      let written = Glibc.write(descriptor, slice.baseAddress, slice.count)
      if written < 0 {
        if errno == EINTR { continue }
        if errno == EFBIG { throw WriteLimitReached(kind: .file) }
        throw Self.failure(path, "cannot write")
      }
      rest = rest.dropFirst(written)
    }
  }

  public func append(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try append($0) }
  }

  private init(path given: String) throws {
    let target = WriteTarget(given)
    path = target.path
    if target.isInPlace {
      temporary = nil
      descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw Self.failure(path, "cannot open") }
      return
    }
    let temporary = Self.temporaryPath(beside: target.path)
    self.temporary = temporary
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw Self.failure(path, "cannot create a temporary file next to it")
    }
  }

  private static func temporaryPath(beside path: String) -> String {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { String(path[...$0]) } ?? ""
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let number = counter.add(1, ordering: .relaxed).newValue
    return "\(folder).\(name).\(getpid())-\(number).tmp"
  }

  private func finish() throws {
    guard let temporary else { return }
    guard fsync(descriptor) == 0 else { throw Self.failure(path, "cannot sync") }
    guard rename(temporary, path) == 0 else { throw Self.failure(path, "cannot rename") }
    // The rename itself reaches the disk with the folder.
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folderDescriptor >= 0 {
      fsync(folderDescriptor)
      close(folderDescriptor)
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private static func failure(_ path: String, _ action: String) -> SafetensorsError {
    SafetensorsError(.unwritable, file: path, "\(action): \(String(cString: strerror(errno)))")
  }
}
