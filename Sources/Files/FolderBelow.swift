import CFiles
import Glibc

/// A folder below another one, reached without any symbolic link.
///
/// Every part of the way is opened from the one before it, and none may be a link: what was opened
/// is what was checked, whatever the names are made to mean meanwhile. (`openat2` with
/// RESOLVE_BENEATH does the same in one call; this works on every kernel.)
public final class FolderBelow {
  public let descriptor: Int32
  /// The way that was gone, for messages; empty or with a slash at its end.
  private let path: String

  /// - Parameters:
  ///   - root: where the way begins; may be a link, for it is the user who names it
  ///   - path: the way from there, without `..`
  ///   - makes: whether folders that are missing are made
  public init(root: String, _ path: String, makes: Bool = true) throws(LinkRefusal) {
    let parts = path.split(separator: "/").filter { $0 != "." }
    // Only the last folder has to be readable: a confined process may not list those on the way.
    func access(_ index: Int) -> Int32 {
      (index == parts.count ? O_RDONLY : cfiles_path_only()) | O_DIRECTORY | O_CLOEXEC
    }
    var current = open(root.isEmpty ? "." : root, access(0))
    guard current >= 0 else { throw LinkRefusal(path: root, number: errno) }
    var shown = root
    for (index, part) in parts.enumerated() {
      let name = String(part)
      shown += (shown.isEmpty ? "" : "/") + name
      var next: Int32 = -1
      var failure: Int32 = name == ".." ? EXDEV : 0
      if failure == 0 {
        if makes { mkdirat(current, name, 0o755) }
        next = openat(current, name, access(index + 1) | O_NOFOLLOW)
        failure = next < 0 ? errno : 0
        var status = stat()
        if failure != 0, fstatat(current, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
          status.st_mode & S_IFMT == S_IFLNK
        {
          failure = ELOOP
        }
      }
      close(current)
      guard next >= 0 else { throw LinkRefusal(path: shown, number: failure) }
      current = next
    }
    descriptor = current
    self.path = shown.isEmpty || shown.hasSuffix("/") ? shown : shown + "/"
  }

  deinit { close(descriptor) }

  /// Throws where the name is taken by something that no file may replace: a link, a folder, a
  /// device.
  public func checkPlace(_ name: String) throws(LinkRefusal) {
    var status = stat()
    guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return
    case S_IFLNK: throw LinkRefusal(path: "\(path)\(name)", number: ELOOP)
    case S_IFDIR: throw LinkRefusal(path: "\(path)\(name)", number: EISDIR)
    default: throw LinkRefusal(path: "\(path)\(name)", number: EEXIST)
    }
  }
}

/// Why a file of merepl's own was not written.
public struct LinkRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  /// The system's number; ELOOP where a link stands.
  public let number: Int32

  public static func link(_ path: String) -> LinkRefusal { .init(path: path, number: ELOOP) }

  public var isLink: Bool { number == ELOOP }

  public var description: String {
    isLink
      ? "cannot write \(path): it is a symbolic link, which merepl does not follow for its own "
        + "files; remove the link, or choose another directory with --out"
      : "cannot write \(path): \(String(cString: strerror(number)))"
  }
}
