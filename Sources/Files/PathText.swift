import Glibc

/// Parts of a path as text. Foundation's own function ends the program on a path of one character.
public enum PathText {
  /// The folder that a file lies in: `a/b.me` -> `a`, `/b` -> `/`, and `.` for a name alone.
  public static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    let end = path[..<slash].utf8.lastIndex { $0 != UInt8(ascii: "/") }
    return end.map { String(path[...$0]) } ?? "/"
  }

  /// The last part: `a/b.me` -> `b.me`.
  public static func name(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
    return String(path[path.utf8.index(after: slash)...])
  }

  /// The way from `root` to what lies below it: `/a/b/c` from `/a` -> `b/c`. Nil for everything
  /// else, the root itself too. Both are taken as they are; ``RealPath`` follows links first. Bytes
  /// are compared, not letters: names that look the same are two names to the system.
  public static func relative(_ path: String, to root: String) -> String? {
    let start = Array((root.hasSuffix("/") ? root : root + "/").utf8)
    guard path.utf8.count > start.count, path.utf8.starts(with: start) else { return nil }
    return String(decoding: path.utf8.dropFirst(start.count), as: UTF8.self)
  }

  /// Whether a path is the root or lies below it.
  public static func isWithin(_ path: String, _ root: String) -> Bool {
    path.utf8.elementsEqual(root.utf8) || relative(path, to: root) != nil
  }
}

/// Paths in which every link is followed.
public enum RealPath {
  /// Nil where nothing is there.
  public static func of(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
