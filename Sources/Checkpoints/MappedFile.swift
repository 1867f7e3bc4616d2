import Files
import Glibc

/// A file mapped read-only into memory; pages are read when they are touched.
///
/// A file that is replaced by ``WholeFile`` lives on under the mapping; one that is changed in
/// place is found by ``MappedFiles``, and one that is shortened ends the program in words.
final class MappedFile: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  private let mapping: MappedFiles.Mapping?

  init(path: String) throws(SafetensorsError) {
    let (descriptor, status) = try Self.open(path)
    defer { close(descriptor) }
    ReadFiles.note(descriptor)
    let count = Int(status.st_size)
    if count == 0 {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      mapping = nil
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else {
      throw SafetensorsError(
        .unreadable, file: path, "cannot map: \(String(cString: strerror(errno)))")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
    mapping = MappedFiles.Mapping(start, count: count, path: path, status: status)
  }

  private static func open(
    _ path: String
  ) throws(SafetensorsError) -> (descriptor: Int32, status: stat) {
    do throws(FileFault) {
      return try RegularFile.open(path)
    } catch {
      throw SafetensorsError(.unreadable, file: path, error.reason)
    }
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
