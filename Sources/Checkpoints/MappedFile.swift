import Files
import Glibc

/// A file mapped read-only into memory; pages are read when they are touched.
///
/// A file that is replaced by ``AtomicFile`` lives on under the mapping; one that is changed in place
/// is found by ``MappedFiles``, and one that is shortened ends the program in words.
final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  private let mapping: MappedFiles.Mapping?

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
      mapping = nil
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { throw failure("cannot map") }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
    mapping = MappedFiles.Mapping(start, count: count, path: path, status: status)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
