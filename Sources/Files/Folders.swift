import Foundation

/// Folders as such.
public enum Folders {
  /// Makes a folder and those above it, as far as they are absent.
  public static func make(_ path: String) throws(FileFault) {
    if mkdir(path, 0o777) == 0 { return }
    var number = errno
    if number == ENOENT, !path.isEmpty, PathText.folder(of: path) != path {
      try make(PathText.folder(of: path))
      if mkdir(path, 0o777) == 0 { return }
      number = errno
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    throw .system("create the directory", path, number)
  }

  /// Makes a new folder that only the user can enter, the caller's to remove.
  /// - Parameters:
  ///   - parent: where; by default the system's place for temporary files (`TMPDIR`)
  ///   - prefix: what its name begins with
  public static func makeTemporary(
    in parent: String? = nil, prefix: String = ""
  ) throws(FileFault) -> String {
    let parent = parent ?? NSTemporaryDirectory()
    var template = Array(
      "\(parent)\(parent.hasSuffix("/") ? "" : "/")\(prefix)XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .system("create a directory in", parent, errno)
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Calls `body` with a new temporary folder, which is gone afterwards.
  public static func withTemporary<T>(
    in parent: String? = nil, prefix: String = "", _ body: (String) throws -> T
  ) throws -> T {
    let path = try makeTemporary(in: parent, prefix: prefix)
    defer { remove(path) }
    return try body(path)
  }

  /// Removes a file, or a folder with all that is in it, as far as that is possible.
  /// - Returns: whether it was there and is gone
  @discardableResult
  public static func remove(_ path: String) -> Bool {
    (try? FileManager.default.removeItem(atPath: path)) != nil
  }

  /// Brings the names in a folder to the disk.
  static func sync(_ path: String) {
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    fsync(folder)
    close(folder)
  }
}
