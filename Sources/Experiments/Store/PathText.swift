/// Parts of a path as text. Foundation's own function ends the program on a path of one character.
public enum PathText {
  /// The folder that a file lies in: `a/b.me` -> `a`, `/b` -> `/`, and `.` for a name alone.
  public static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    let end = path[..<slash].utf8.lastIndex { $0 != UInt8(ascii: "/") }
    return end.map { String(path[...$0]) } ?? "/"
  }
}
