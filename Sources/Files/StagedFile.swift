import Foundation

/// How a file is written.
public struct WriteOptions: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The disk is not waited for: a power cut may take the file.
  public static let unsynced = WriteOptions(rawValue: 1)
  /// The bytes count towards what scripts may write (``WrittenBytes``).
  public static let counted = WriteOptions(rawValue: 2)
  /// A file that this process has read may be replaced, as a formatter does.
  public static let replacesInput = WriteOptions(rawValue: 4)
}

/// A file that is being written under a temporary name in its folder: the name that it gets in the
/// end shows all of its bytes or still the old ones. What gets no name is removed.
///
/// A symbolic link at the path stays, and its target is replaced; a device or a pipe gets the bytes
/// as they come.
public final class StagedFile {
  /// Where the file goes, for messages.
  public let path: String
  /// The open file, for libraries that read, seek and write by themselves; -1 when it is finished.
  public private(set) var descriptor: Int32 = -1
  private let options: WriteOptions
  /// Where the names are: nil where they are whole paths.
  private let place: FolderBelow?
  /// The temporary name; nil for a device or a pipe, and when the file has its own.
  private var temporary: String?
  private let name: String
  private var hasBytes = false

  /// Begins the file that the user named.
  public init(for path: String, _ options: WriteOptions = []) throws {
    if !options.contains(.replacesInput) { try ReadFiles.protect(path) }
    let target = WriteTarget(path)
    self.path = path
    self.options = options
    place = nil
    name = target.path
    if target.isInPlace {
      descriptor = open(target.path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw FileFault.system("write", path, errno) }
      return
    }
    var status = stat()
    if stat(target.path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw FileFault.system("write", path, EISDIR)
    }
    try openTemporary(in: PathText.folder(of: target.path))
  }

  /// Begins a file of merepl's own, such as a lock, a figure or a record: no symbolic link is
  /// followed on the way from `root`, nor at its end, and nothing but a file is replaced.
  /// - Parameter path: from `root`; folders that are missing are made
  public init(below root: String, _ path: String, _ options: WriteOptions = []) throws {
    let full = "\(root)/\(path)"
    try ReadFiles.protect(full)
    let parts = path.split(separator: "/").map(String.init)
    guard let name = parts.last else { throw FileFault.system("write", full, EINVAL) }
    if !root.isEmpty { try Folders.make(root) }
    let folder = try FolderBelow(root: root, parts.dropLast().joined(separator: "/"))
    try folder.checkPlace(name)
    self.path = full
    self.options = options
    self.name = name
    place = folder
    try openTemporary(in: "")
  }

  /// Begins a file in a folder, which is made when absent; ``move(to:)`` names it.
  public init(in folder: String, _ options: WriteOptions = []) throws {
    try Folders.make(folder)
    path = folder
    name = ""
    self.options = options
    place = nil
    try openTemporary(in: folder)
  }

  private var root: Int32 { place?.descriptor ?? AT_FDCWD }

  private func openTemporary(in folder: String) throws {
    let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    while true {
      // For the name alone: no result sees it.
      let name = ".tmp-\(getpid())-\(String(UInt64.random(in: 0...(.max)), radix: 36))"
      let temporary = folder.isEmpty ? name : folder == "/" ? "/\(name)" : "\(folder)/\(name)"
      descriptor = openat(root, temporary, flags, 0o666)
      let number = errno
      if descriptor >= 0 {
        self.temporary = temporary
        break
      }
      guard number == EEXIST else { throw fault(number) }
    }
    FaultPoint.created.reached()
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if let temporary { unlinkat(root, temporary, 0) }
  }

  /// Adds bytes at the end.
  public func append(_ bytes: some ContiguousBytes) throws {
    try bytes.withUnsafeBytes { bytes in
      if options.contains(.counted) { try WrittenBytes.add(bytes.count) }
      let failure =
        hasBytes
        ? ByteOutput.write(bytes, to: descriptor)
        : ByteOutput.writeInHalves(bytes, to: descriptor)
      hasBytes = true
      if failure != 0 { throw fault(failure) }
    }
  }

  /// Waits until the disk has the bytes, where the file is not ``WriteOptions/unsynced``, and
  /// closes it.
  public func finish() throws {
    guard descriptor >= 0 else { return }
    FaultPoint.written.reached()
    if temporary != nil, !options.contains(.unsynced), fsync(descriptor) != 0 { throw fault(errno) }
    close(descriptor)
    descriptor = -1
    FaultPoint.rename.reached()
  }

  /// Finishes the file and gives it its name.
  public func commit() throws {
    try finish()
    if temporary != nil { try move(to: name) }
  }

  /// Gives a finished file its name, in the file system that it is in.
  public func move(to path: String) throws {
    try finish()
    guard let temporary else { return }
    guard renameat(root, temporary, root, path) == 0 else {
      throw fault(errno, place == nil ? path : self.path)
    }
    self.temporary = nil
    if !options.contains(.unsynced) {
      if let place { fsync(place.descriptor) } else { Folders.sync(PathText.folder(of: path)) }
    }
    FaultPoint.renamed.reached()
  }

  private func fault(_ number: Int32, _ path: String? = nil) -> any Error {
    number == EFBIG
      ? WriteLimitReached(kind: .file)
      : FileFault.system("write", path ?? self.path, number)
  }
}
