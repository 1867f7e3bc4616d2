/// Parts of a path as text. Foundation's own function crashes on a path of one character.
public enum PathText {
  /// The directory of a file: `a/b.me` -> `a`, `/b` -> `/`, and `.` for a name alone.
  public static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    let end = path[..<slash].utf8.lastIndex { $0 != UInt8(ascii: "/") }
    return end.map { String(path[...$0]) } ?? "/"
  }
}
