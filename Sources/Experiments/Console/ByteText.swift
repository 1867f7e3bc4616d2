import Foundation

/// Sizes in readable units.
public enum ByteText {
  /// `512 bytes`, `1.5 KiB`, `20 MiB`
  public static func short(_ bytes: Int) -> String {
    if bytes < 1024 { return "\(bytes) bytes" }
    var size = Double(bytes)
    var unit = ""
    for next in ["KiB", "MiB", "GiB", "TiB"] where size >= 1023.5 || unit.isEmpty {
      size /= 1024
      unit = next
    }
    return String(format: size < 9.95 ? "%.1f" : "%.0f", size) + " " + unit
  }
}
