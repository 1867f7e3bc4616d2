import Foundation

/// Writes whole files: after a crash the old bytes are there or the new ones, never a mixture.
public enum WholeFile {
  /// Replaces the file at `path`, which the user named.
  public static func write(
    _ bytes: some ContiguousBytes, to path: String, _ options: WriteOptions = []
  ) throws {
    try write(to: path, options) { try $0.append(bytes) }
  }

  public static func write(
    text: String, to path: String, _ options: WriteOptions = []
  ) throws {
    try write(Array(text.utf8), to: path, options)
  }

  /// Replaces the file at `path` by what `body` writes. Nothing is left behind when that throws.
  public static func write(
    to path: String, _ options: WriteOptions = [], _ body: (StagedFile) throws -> Void
  ) throws {
    let file = try StagedFile(for: path, options)
    try body(file)
    try file.commit()
  }

  /// Replaces a file of merepl's own, which no symbolic link leads to; see
  /// ``StagedFile/init(below:_:_:)``.
  /// - Parameter path: from `root`; folders that are missing are made
  public static func write(
    _ bytes: some ContiguousBytes, below root: String, to path: String,
    _ options: WriteOptions = []
  ) throws {
    let file = try StagedFile(below: root, path, options)
    try file.append(bytes)
    try file.commit()
  }

  /// Makes a new file, which must not be there, and does not wait for the disk.
  public static func create(_ path: String, _ bytes: some ContiguousBytes) throws(FileFault) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .system("create", path, errno) }
    defer { close(file) }
    let failure = bytes.withUnsafeBytes { ByteOutput.write($0, to: file) }
    if failure != 0 { throw .system("write", path, failure) }
  }

  /// Appends to a file, made when absent, and waits until the disk has it.
  public static func append(_ text: String, to path: String) throws(FileFault) {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw .system("open", path, errno) }
    defer { close(file) }
    var failure = Array(text.utf8).withUnsafeBytes { ByteOutput.writeInHalves($0, to: file) }
    FaultPoint.written.reached()
    if failure == 0 && fsync(file) != 0 { failure = errno }
    if failure != 0 { throw .system("append to", path, failure) }
  }
}
