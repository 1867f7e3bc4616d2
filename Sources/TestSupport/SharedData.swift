import Foundation

/// Real input files that are kept outside the repository: in the folder `MEREPL_SHARED`, or
/// else in `../shared` beside the package. Tests that need them are enabled only where they are:
///
/// ```swift
/// @Test(.enabled(if: SharedData.has("data/json"), SharedData.absent))
/// ```
public enum SharedData {
  /// What a skipped test says.
  public static let absent = "needs the shared input files; set MEREPL_SHARED to their folder"

  /// The folder the files are looked for in.
  public static let root: URL = {
    if let folder = ProcessInfo.processInfo.environment["MEREPL_SHARED"], !folder.isEmpty {
      return URL(filePath: folder, directoryHint: .isDirectory)
    }
    // <package>/Sources/TestSupport/SharedData.swift
    let package = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return package.deletingLastPathComponent().appending(path: "shared")
  }()

  /// The full path of a file or folder, such as `path("data/json/test_parsing")`.
  public static func path(_ name: String) -> String {
    root.appending(path: name).path(percentEncoded: false)
  }

  public static func has(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: path(name))
  }

  /// The sorted names in a folder; none where the folder is absent.
  public static func names(in folder: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: path(folder))
    return (names ?? []).sorted()
  }
}
