import Files
import Foundation

/// File operations that leave either the old or the new state after a crash, never a mixture.
public enum DurableFile {
  /// Replaces `path` by `data`: temporary file beside it, fsync, rename, fsync of the directory. If
  /// it is a symbolic link, its target is replaced; a device or a pipe is written to.
  public static func write(_ data: Data, to path: String) throws(StoreError) {
    let target = WriteTarget(path)
    guard target.isInPlace else {
      let temporary = try writeTemporary(data, in: PathText.folder(of: target.path))
      return try rename(temporary, to: target.path)
    }
    let file = open(target.path, O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { throw .system("open", path, errno) }
    defer { close(file) }
    let failure = writeAll(data, to: file)
    if failure != 0 { throw .system("write", path, failure) }
  }

  /// The same for files that merepl writes on its own: locks, figures, records. No symbolic link
  /// below `root` is followed, and inputs of this process are never replaced.
  /// - Parameter path: from `root`; missing directories are created
  public static func write(_ data: Data, below root: String, to path: String) throws {
    let full = "\(root)/\(path)"
    try ReadFiles.protect(full)
    let parts = path.split(separator: "/").map(String.init)
    guard let name = parts.last else { throw StoreError.system("write", full, EINVAL) }
    if !root.isEmpty { try makeFolder(root) }
    let folder = try FolderBelow(root: root, parts.dropLast().joined(separator: "/"))
    try folder.checkPlace(name)
    let temporary = ".tmp-\(getpid())-\(UInt32.random(in: 0...(.max)))"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let file = openat(folder.descriptor, temporary, flags, 0o644)
    guard file >= 0 else { throw StoreError.system("create a temporary file beside", full, errno) }
    FaultPoint.created.reached()
    var failure = writeAll(data, to: file)
    if failure == 0 && fsync(file) != 0 { failure = errno }
    close(file)
    FaultPoint.rename.reached()
    if failure == 0, renameat(folder.descriptor, temporary, folder.descriptor, name) != 0 {
      failure = errno
    }
    if failure != 0 {
      unlinkat(folder.descriptor, temporary, 0)
      if failure == EFBIG { throw WriteLimitReached(kind: .file) }
      throw StoreError.system("write", full, failure)
    }
    fsync(folder.descriptor)
    FaultPoint.renamed.reached()
  }

  /// Writes `data` to a new file in `folder` and returns its path.
  /// - Parameter waitsForDisk: return only once the disk has it
  static func writeTemporary(
    _ data: Data, in folder: String, waitsForDisk: Bool = true
  ) throws(StoreError) -> String {
    try makeFolder(folder)
    var template = Array("\(folder)/.tmp-XXXXXX".utf8CString)
    let file = mkstemp(&template)
    let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    guard file >= 0 else { throw .system("create a temporary file in", folder, errno) }
    _ = fcntl(file, F_SETFD, FD_CLOEXEC)
    FaultPoint.created.reached()
    var failure = writeAll(data, to: file)
    if failure == 0 && fchmod(file, 0o644) != 0 { failure = errno }
    if failure == 0 && waitsForDisk && fsync(file) != 0 { failure = errno }
    close(file)
    if failure != 0 {
      unlink(path)
      throw .system("write", path, failure)
    }
    FaultPoint.rename.reached()
    return path
  }

  static func rename(
    _ source: String, to path: String, waitsForDisk: Bool = true
  ) throws(StoreError) {
    guard Glibc.rename(source, path) == 0 else {
      let failure = errno
      unlink(source)
      throw .system("move a finished file to", path, failure)
    }
    if waitsForDisk {
      let directory = open(PathText.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      if directory >= 0 {
        fsync(directory)
        close(directory)
      }
    }
    FaultPoint.renamed.reached()
  }

  /// Waits until the disk has everything that was written to the file system of a folder.
  static func syncFileSystem(of folder: String) throws(StoreError) {
    let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .system("open", folder, errno) }
    defer { close(directory) }
    guard FileSystem.sync(directory) == 0 else { throw .system("write", folder, errno) }
  }

  /// Appends to a file, made when absent, and waits until the disk has it.
  static func append(_ text: String, to path: String) throws(StoreError) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw .system("open", path, errno) }
    defer { close(file) }
    var failure = writeAll(Data(text.utf8), to: file)
    if failure == 0 && fsync(file) != 0 { failure = errno }
    if failure != 0 { throw .system("append to", path, failure) }
  }

  /// Creates a directory and its missing parents.
  static func makeFolder(_ path: String) throws(StoreError) {
    if mkdir(path, 0o755) == 0 { return }
    var number = errno
    if number == ENOENT, !path.isEmpty {
      try makeFolder(PathText.folder(of: path))
      if mkdir(path, 0o755) == 0 { return }
      number = errno
    }
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
    throw .system("create the directory", path, number)
  }

  /// - Returns: 0, or the system's error number
  private static func writeAll(_ data: Data, to file: Int32) -> Int32 {
    data.withUnsafeBytes { bytes in
      // In two parts where a test wants to end the process between them.
      let middle = FaultPoint.isArmed ? bytes.count / 2 : bytes.count
      var done = 0
      while done < bytes.count {
        let end = done < middle ? middle : bytes.count
        let count = Glibc.write(file, bytes.baseAddress! + done, end - done)
        if count < 0 && errno == EINTR { continue }
        if count < 0 { return errno }
        done += count
        if done == middle { FaultPoint.halfWritten.reached() }
      }
      FaultPoint.written.reached()
      return 0
    }
  }
}

/// Why something could not be saved or loaded.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A system call failed: what was tried, on which file, error number.
  case system(String, String, Int32)
  /// A result that must not be cached: empty, or with NaN or infinite values.
  case invalidResult(command: String, reason: String)
  /// A lock file, run record or table that cannot be read.
  case malformed(file: String, line: Int, reason: String)

  public var description: String {
    switch self {
    case .system(let action, let path, let number):
      "cannot \(action) \(path): \(String(cString: strerror(number)))"
    case .invalidResult(let command, let reason):
      "the result of \(command) is not cached: \(reason)"
    case .malformed(let file, let line, let reason):
      "\(file):\(line): \(reason)"
    }
  }
}
