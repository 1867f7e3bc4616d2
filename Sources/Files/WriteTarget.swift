import Glibc

/// Where to write a file for a given path.
///
/// Files are replaced by renaming a new one over the old name. This must not replace a symbolic
/// link, a device or a pipe.
public struct WriteTarget: Sendable {
  /// The path with the links at its end followed, also to a file that is not there yet.
  public let path: String
  /// Whether a device, a pipe or a socket stands there: bytes are written into it.
  public let isInPlace: Bool
  /// Whether what stands there takes bytes only in their order.
  public let isPipe: Bool

  public init(_ path: String) {
    var status = stat()
    let exists = stat(path, &status) == 0
    let kind = status.st_mode & S_IFMT
    isInPlace = exists && kind != S_IFREG && kind != S_IFDIR
    isPipe = exists && (kind == S_IFIFO || kind == S_IFSOCK)
    // A link in /proc leads to what has no path of its own.
    self.path = isInPlace ? path : Self.followed(path)
  }

  private static func followed(_ path: String) -> String {
    var path = path
    // As many as the system follows.
    for _ in 0..<40 {
      guard let target = linkTarget(path) else { return path }
      let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
      path = target.hasPrefix("/") ? target : folder + target
    }
    return path
  }

  private static func linkTarget(_ path: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { buffer in
      readlink(path, buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count)
    }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}
