/// Display names of results, and of arguments with their values.
public enum ResultTitle {
  /// The name and the label; the label alone if it begins with the name.
  public static func text(_ name: String, _ label: String) -> String {
    if label.isEmpty { return name }
    guard label.hasPrefix(name) else { return "\(name) \(label)" }
    let next = label.dropFirst(name.count).first
    let isWhole = next.map { !$0.isLetter && !$0.isNumber && $0 != "_" } ?? true
    return isWhole ? label : "\(name) \(label)"
  }
}
