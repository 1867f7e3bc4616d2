import Foundation

/// Why a file could not be read.
public enum FileFault: Error, Hashable, Sendable, CustomStringConvertible {
  case missing(String)
  /// A folder, a device, a pipe or a socket: its bytes are not those of a file.
  case notRegular(String, kind: String)
  case tooLarge(String, limit: Int)
  /// What was tried, on which file, and the system's error number.
  case system(String, String, Int32)

  public var description: String {
    switch self {
    case .missing(let path): "\(path) does not exist"
    case .notRegular(let path, let kind): "\(path) is a \(kind), not a file"
    case .tooLarge(let path, let limit): "\(path) is larger than \(limit) bytes"
    case .system(let action, let path, let number):
      "cannot \(action) \(path): \(String(cString: strerror(number)))"
    }
  }

  /// The same as a clause about a file that was already named, with a remedy.
  public var reason: String {
    switch self {
    case .missing: "no such file"
    case .notRegular(_, "directory"): "it is a directory"
    case .notRegular(_, "device"): "it is a device, not a file"
    case .notRegular(_, let kind):
      "it is a \(kind), which can be read only once and in order; \(Self.remedy)"
    case .tooLarge(_, let limit): "it is larger than \(limit) bytes"
    case .system(let action, _, let number):
      "cannot \(action) it: \(String(cString: strerror(number)))"
    }
  }

  /// What to do about a pipe.
  public static let remedy = "copy it to a file first, for example with: cat > FILE"
}

/// Reads complete files. Never blocks on a pipe, and checks the opened file rather than its name.
public enum RegularFile {
  /// The bytes of the file at `path`.
  /// - Parameters:
  ///   - limit: the most bytes that it may have
  ///   - followsLinks: whether the path may end in a symbolic link
  public static func read(
    _ path: String, limit: Int = .max, followsLinks: Bool = true
  ) throws(FileFault) -> Data {
    let (file, status) = try open(path, followsLinks: followsLinks)
    defer { close(file) }
    guard Int(status.st_size) <= limit else { throw .tooLarge(path, limit: limit) }
    return try bytes(of: file, expected: Int(status.st_size), path, limit)
  }

  /// Opens the file at `path` for reading: at once, whatever stands there. The descriptor is the
  /// caller's to close.
  public static func open(
    _ path: String, followsLinks: Bool = true
  ) throws(FileFault) -> (descriptor: Int32, status: stat) {
    guard !path.utf8.contains(0) else { throw .missing(path) }
    let file = Glibc.open(
      path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (followsLinks ? 0 : O_NOFOLLOW))
    var status = stat()
    guard file >= 0 else {
      let number = errno
      // A socket cannot be opened at all.
      if stat(path, &status) == 0, let kind = kind(of: status) {
        throw .notRegular(path, kind: kind)
      }
      throw number == ENOENT || number == ENOTDIR ? .missing(path) : .system("open", path, number)
    }
    let fault: FileFault? =
      fstat(file, &status) == 0
      ? kind(of: status).map { .notRegular(path, kind: $0) } : .system("inspect", path, errno)
    if let fault {
      close(file)
      throw fault
    }
    return (file, status)
  }

  /// The bytes, or nil where they cannot be had for whatever reason.
  public static func contents(_ path: String, limit: Int = .max) -> Data? {
    try? read(path, limit: limit)
  }

  /// Whether `path` leads to a file, and not to a folder, a pipe or a device.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && kind(of: status) == nil
  }

  /// Reads to the end, wherever that is by now: the file may grow or shrink meanwhile.
  private static func bytes(
    of file: Int32, expected: Int, _ path: String, _ limit: Int
  ) throws(FileFault) -> Data {
    var data = Data(count: expected)
    var done = 0
    while true {
      if done == data.count { data.count += done == expected ? 1 : max(done, 1 << 16) }
      let room = data.count - done
      let count = data.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + done, room) }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw .system("read", path, errno) }
      if count == 0 { break }
      done += count
      guard done <= limit else { throw .tooLarge(path, limit: limit) }
    }
    data.count = done
    return data
  }

  /// What stands there instead of a file; nil for a file.
  private static func kind(of status: stat) -> String? {
    switch status.st_mode & S_IFMT {
    case S_IFREG: nil
    case S_IFDIR: "directory"
    case S_IFIFO: "pipe"
    case S_IFSOCK: "socket"
    default: "device"
    }
  }
}
