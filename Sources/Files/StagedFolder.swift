import CFiles
import Foundation

/// A folder that is being written beside its place: whoever looks there sees all of the old files
/// or all of the new ones, also after a crash. What gets no name is removed.
public final class StagedFolder {
  /// The place, links followed.
  public let path: String
  private let staged: String

  /// Begins a folder for `path`. The one that it lies in is made when absent.
  public init(for path: String) throws(FileFault) {
    var path = WriteTarget(path).path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    let parent = PathText.folder(of: path)
    try Folders.make(parent)
    self.path = path
    staged = "\(parent)/\(Self.prefix(path))\(getpid())"
    Folders.remove(staged)
    try Folders.make(staged)
  }

  private static func prefix(_ path: String) -> String { ".\(PathText.name(of: path)).saving-" }

  /// Removes what earlier writers left beside `path` when they were killed. No other process may be
  /// writing there.
  public static func removeLeftovers(of path: String) {
    let path = WriteTarget(path).path
    let parent = PathText.folder(of: path)
    for name in (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    where name.hasPrefix(prefix(path)) {
      Folders.remove("\(parent)/\(name)")
    }
  }

  deinit { Folders.remove(staged) }

  /// Writes a file of the folder.
  /// - Parameter name: its path in it; folders on the way are made
  public func write(_ bytes: some ContiguousBytes, as name: String) throws {
    let path = "\(staged)/\(name)"
    try Folders.make(PathText.folder(of: path))
    try WholeFile.write(bytes, to: path)
  }

  /// Puts the folder into its place.
  /// - Parameter replacing: whether a folder that stands there is replaced
  public func commit(replacing: Bool = true) throws(FileFault) {
    FaultPoint.rename.reached()
    if rename(staged, path) != 0 {
      guard replacing, errno == ENOTEMPTY || errno == EEXIST else {
        throw .system("write", path, errno)
      }
      try exchange()
    }
    Folders.sync(PathText.folder(of: path))
    FaultPoint.renamed.reached()
    Folders.remove(staged)
  }

  private func exchange() throws(FileFault) {
    if cfiles_exchange(staged, path) == 0 { return }
    // A file system without the exchange: for a moment the name is absent, never half.
    let aside = "\(staged).old"
    guard rename(path, aside) == 0 else { throw .system("move aside", path, errno) }
    guard rename(staged, path) == 0 else {
      let number = errno
      rename(aside, path)
      throw .system("write", path, number)
    }
    rename(aside, staged)
  }
}
