import Files
import Glibc

/// A file mapped read-only into memory; pages are read when they are touched.
///
/// The file must not be shortened while it is mapped (the system would end the process), which
/// holds for files replaced by ``AtomicFile``: the old bytes live on under the mapping.
final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer

  init(path: String) throws(SafetensorsError) {
    func failure(_ action: String) -> SafetensorsError {
      SafetensorsError(.unreadable, file: path, "\(action): \(String(cString: strerror(errno)))")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("cannot open") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot inspect") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw SafetensorsError(.unreadable, file: path, "not a regular file")
    }
    ReadFiles.note(descriptor)
    let count = Int(status.st_size)
    if count == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { throw failure("cannot map") }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
