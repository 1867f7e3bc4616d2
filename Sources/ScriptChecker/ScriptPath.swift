/// The files that scripts may reach.
public enum ScriptPath {
  /// The directories, relative to the workspace, that script paths must start with.
  public static let roots = ["data", "figures", "experiments", "out"]

  /// What is wrong with a path; nil when a script may use it.
  public static func fault(in path: String) -> String? {
    let parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    if path.utf8.contains(0) { return "contains a NUL byte" }
    if path.utf8.first == UInt8(ascii: "/") { return "is absolute" }
    if parts.contains(where: { $0.elementsEqual("..".utf8) }) { return "contains `..`" }
    if parts.contains(where: \.isEmpty) { return "has an empty component" }
    if parts.contains(where: { $0.first == UInt8(ascii: ".") }) { return "refers to a hidden file" }
    guard roots.contains(where: { parts.first?.elementsEqual($0.utf8) == true }) else {
      return "is outside \(roots.map { $0 + "/" }.joined(separator: ", "))"
    }
    return nil
  }
}
