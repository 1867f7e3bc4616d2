import CArchive
import Foundation

/// A file inside an archive.
public struct ArchivedFile: Hashable, Sendable {
  /// Relative, with `/` between its parts.
  public let path: String
  public let data: Data

  public init(path: String, data: Data) {
    self.path = path
    self.data = data
  }
}

/// Why an archive is not read or written.
public struct ArchiveError: Error, Hashable, Sendable, CustomStringConvertible {
  public let reason: String
  public var description: String { reason }

  init(_ reason: String) { self.reason = reason }
}

/// Limits on archives, so that a malicious one cannot exhaust memory.
public struct ArchiveLimits: Hashable, Sendable {
  public var files = 2000
  public var fileBytes = 64 << 20
  public var totalBytes = 256 << 20
  /// Bytes for each byte of the compressed archive, beyond the first megabyte.
  public var ratio = 200
  public var pathBytes = 400
  public var depth = 16

  public init() {}
}

/// Compressed tar archives, written and read by libarchive.
public enum Archive {
  // MARK: Writing

  /// The files as a tar.gz. The same files give the same bytes: they are sorted, and carry no
  /// time, owner or name of the archive.
  public static func data(_ files: [ArchivedFile]) throws(ArchiveError) -> Data {
    guard let archive = archive_write_new() else { throw ArchiveError("out of memory") }
    defer { archive_write_free(archive) }
    // Of the formats that libarchive writes the one that takes names as bytes, whatever the locale.
    archive_write_set_format_gnutar(archive)
    archive_write_add_filter_gzip(archive)
    archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
    archive_write_set_filter_option(archive, "gzip", "compression-level", "9")
    let capacity = files.reduce(1 << 20) { $0 + $1.data.count + $1.data.count / 64 + 8192 }
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
    defer { buffer.deallocate() }
    var used = 0
    try check(archive_write_open_memory(archive, buffer, capacity, &used), archive)
    for file in files.sorted(by: { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }) {
      try append(file, to: archive)
    }
    try check(archive_write_close(archive), archive)
    return Data(bytes: buffer, count: used)
  }

  private static func append(
    _ file: ArchivedFile, to archive: OpaquePointer
  ) throws(ArchiveError) {
    guard let entry = archive_entry_new() else { throw ArchiveError("out of memory") }
    defer { archive_entry_free(entry) }
    archive_entry_set_pathname(entry, file.path)
    archive_entry_set_size(entry, la_int64_t(file.data.count))
    archive_entry_set_filetype(entry, carchive_regular_file())
    archive_entry_set_perm(entry, 0o644)
    archive_entry_set_mtime(entry, 0, 0)
    try check(archive_write_header(archive, entry), archive)
    let written = file.data.withUnsafeBytes {
      archive_write_data(archive, $0.baseAddress, $0.count)
    }
    guard written == file.data.count else { throw error(archive) }
  }

  // MARK: Reading

  /// The files of a tar.gz: regular files only, under relative names that lead nowhere else, each
  /// name once, within the limits.
  public static func files(
    _ data: Data, limits: ArchiveLimits = ArchiveLimits()
  ) throws(ArchiveError) -> [ArchivedFile] {
    guard let archive = archive_read_new() else { throw ArchiveError("out of memory") }
    defer { archive_read_free(archive) }
    archive_read_support_filter_gzip(archive)
    archive_read_support_format_tar(archive)
    // The memory has to stay while libarchive reads from it.
    let bytes = [UInt8](data)
    var reader = Reader(
      archive: archive, limits: limits,
      most: min(limits.totalBytes, (1 << 20) + limits.ratio * bytes.count))
    let result = bytes.withUnsafeBytes { bytes -> Result<[ArchivedFile], ArchiveError> in
      Result { () throws(ArchiveError) in
        try check(archive_read_open_memory(archive, bytes.baseAddress, bytes.count), archive)
        return try reader.readAll()
      }
    }
    return try result.get()
  }

  fileprivate static func check(
    _ status: Int32, _ archive: OpaquePointer
  ) throws(ArchiveError) {
    if status != ARCHIVE_OK { throw error(archive) }
  }

  fileprivate static func error(_ archive: OpaquePointer) -> ArchiveError {
    ArchiveError(archive_error_string(archive).map { String(cString: $0) } ?? "corrupt archive")
  }
}

/// Goes through an archive once.
private struct Reader {
  let archive: OpaquePointer
  let limits: ArchiveLimits
  /// Bytes that all files together may have.
  let most: Int
  private var total = 0
  private var names: Set<String> = []

  init(archive: OpaquePointer, limits: ArchiveLimits, most: Int) {
    self.archive = archive
    self.limits = limits
    self.most = most
  }

  mutating func readAll() throws(ArchiveError) -> [ArchivedFile] {
    var files: [ArchivedFile] = []
    var entry: OpaquePointer?
    while true {
      let status = archive_read_next_header(archive, &entry)
      if status == ARCHIVE_EOF { return files }
      guard status == ARCHIVE_OK, let entry else { throw Archive.error(archive) }
      guard files.count < limits.files else {
        throw ArchiveError("more than \(limits.files) files")
      }
      let path = try name(of: entry)
      files.append(ArchivedFile(path: path, data: try content(of: entry, path)))
    }
  }

  /// The name, where it is one that may be written.
  private mutating func name(of entry: OpaquePointer) throws(ArchiveError) -> String {
    guard let pointer = archive_entry_pathname(entry),
      let name = String(validatingCString: pointer)
    else { throw ArchiveError("a name is not valid UTF-8") }
    if let problem = ArchivePath.problem(name, limits) {
      throw ArchiveError("the name \"\(ArchivePath.shown(name))\" \(problem)")
    }
    guard archive_entry_hardlink(entry) == nil, archive_entry_symlink(entry) == nil else {
      throw ArchiveError("\(name) is a link")
    }
    guard archive_entry_filetype(entry) == carchive_regular_file() else {
      throw ArchiveError("\(name) is a directory or a device, not a file")
    }
    guard archive_entry_sparse_count(entry) == 0 else {
      throw ArchiveError("\(name) is a sparse file")
    }
    guard names.insert(name).inserted else { throw ArchiveError("\(name) appears twice") }
    return name
  }

  private mutating func content(
    of entry: OpaquePointer, _ name: String
  ) throws(ArchiveError) -> Data {
    let size = archive_entry_size(entry)
    guard archive_entry_size_is_set(entry) != 0, size >= 0, size <= limits.fileBytes else {
      throw ArchiveError("\(name) has \(size) bytes; at most \(limits.fileBytes) are allowed")
    }
    guard total + Int(size) <= most else {
      throw ArchiveError("the files have more than \(most) bytes in total")
    }
    total += Int(size)
    var data = Data(count: Int(size))
    let read = data.withUnsafeMutableBytes {
      archive_read_data(archive, $0.baseAddress, $0.count)
    }
    guard read == Int(size) else { throw Archive.error(archive) }
    return data
  }
}

/// Names inside archives.
public enum ArchivePath {
  /// Why a name may not be written, or nil.
  public static func problem(_ name: String, _ limits: ArchiveLimits = ArchiveLimits()) -> String? {
    if name.isEmpty || name.utf8.count > limits.pathBytes { return "is empty or too long" }
    if name.hasPrefix("/") { return "is absolute" }
    if name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "\\") }) {
      return "has control characters or backslashes"
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    if parts.count > limits.depth { return "is more than \(limits.depth) directories deep" }
    for part in parts {
      if part.isEmpty { return "has an empty component" }
      if part.hasPrefix(".") { return "has a component that begins with a dot" }
      if part.utf8.count > 200 { return "has a component that is too long" }
    }
    return nil
  }

  /// Why a set of names may not be written, or nil: a directory that git treats as a repository has
  /// a configuration that can run programs.
  public static func repositoryFolder(in paths: [String]) -> String? {
    var entries: [String: Set<String>] = [:]
    for path in paths {
      var folder = ""
      for part in path.split(separator: "/").prefix(16) {
        entries[folder, default: []].insert(part.lowercased())
        folder += "\(part)/"
      }
    }
    for (folder, names) in entries.sorted(by: { $0.key < $1.key }) where names.contains("head") {
      if !names.isDisjoint(with: ["objects", "refs", "config", "commondir"]) {
        return "\(folder.isEmpty ? "the bundle" : shown(folder)) has the layout of a git repository"
      }
    }
    return nil
  }

  /// A name without characters that a terminal would act on.
  static func shown(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.prefix(80).map { $0.value < 0x20 || $0.value == 0x7F ? "?" : $0 }))
  }
}
