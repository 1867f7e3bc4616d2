import Glibc

/// Why there is no room on disk for what does not fit into memory.
public struct ScratchFileError: Error, CustomStringConvertible, Sendable {
  public let folder: String
  public let byteCount: Int
  public let reason: String

  public var description: String {
    "cannot create a temporary file of \(byteCount) bytes in \(folder): \(reason); "
      + "set TMPDIR to a directory with free space"
  }
}

/// A place on disk for tensors that are written once and read rarely. Nothing of it is left behind,
/// however the process ends: the file has no name.
public final class ScratchFile: Sendable {
  private let descriptor: Int32
  private let folder: String

  /// - Parameter folder: `TMPDIR`, else `/var/tmp`, which is on disk where `/tmp` may be memory
  public init(folder: String? = nil) throws(ScratchFileError) {
    let chosen = folder ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
    self.folder = chosen
    var path = Array("\(chosen)/merepl-XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else {
      throw ScratchFileError(folder: chosen, byteCount: 0, reason: Self.lastError)
    }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    unlink(path)
  }

  deinit { close(descriptor) }

  /// Writes elements and returns memory that reads them from the file. It costs something only
  /// while it is read, and until ``TensorStorage/releasePages()``.
  public func store(_ elements: TensorStorage) throws(ScratchFileError) -> TensorStorage {
    let byteCount = max(1, elements.count * MemoryLayout<Float>.stride)
    let start = lseek(descriptor, 0, SEEK_END)
    let status = posix_fallocate(descriptor, start, byteCount)
    func failure(_ reason: String) -> ScratchFileError {
      ScratchFileError(folder: folder, byteCount: byteCount, reason: reason)
    }
    guard status == 0 else { throw failure(String(cString: strerror(status))) }
    // The next tensor begins on a page of its own.
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let end = (Int(start) + byteCount + page - 1) / page * page
    guard ftruncate(descriptor, end) == 0 else { throw failure(Self.lastError) }
    guard
      let memory = mmap(
        nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, start),
      memory != MAP_FAILED
    else { throw failure(Self.lastError) }
    memory.copyMemory(
      from: elements.pointer, byteCount: elements.count * MemoryLayout<Float>.stride)
    let storage = TensorStorage(
      borrowing: memory, .float32, count: elements.count,
      owner: Mapping(start: memory, byteCount: byteCount))
    storage.releasePages()
    return storage
  }

  private static var lastError: String { String(cString: strerror(errno)) }

  /// The memory of one tensor; the file lives as long as any of them.
  private final class Mapping: @unchecked Sendable {
    private let start: UnsafeMutableRawPointer
    private let byteCount: Int

    init(start: UnsafeMutableRawPointer, byteCount: Int) {
      self.start = start
      self.byteCount = byteCount
    }

    deinit { munmap(start, byteCount) }
  }
}
