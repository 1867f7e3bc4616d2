import Experiments
import Files
import Foundation
import ScriptInterpreter

/// Where the user wants a file.
public enum OutputPlace {
  /// Finds out before the work whether its result can be written to `path`.
  /// - Parameters:
  ///   - sources: files that the work reads, which its result must not replace
  ///   - needsSeeking: whether the file cannot be written from beginning to end
  public static func check(
    _ path: String, reading sources: [String] = [], needsSeeking: Bool = false
  ) throws(CommandError) {
    let target = identity(path)
    if ReadFiles.contains(path) || sources.contains(where: { identity($0) == target }) {
      throw CommandError(
        "\(path) is read here, too; it would be overwritten",
        suggestion: "write the outputs to another file", exitCode: 1)
    }
    let written = WriteTarget(path)
    if needsSeeking, written.isPipe {
      throw CommandError(
        "cannot write \(path): it is a pipe, and such a file is not written in order",
        suggestion: "name a file", exitCode: 1)
    }
    if written.isInPlace { return try checkAccess(path, to: path) }
    let place = PathText.folder(of: written.path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw CommandError(
        "cannot write \(path): there is no folder \(place)",
        suggestion: "make it with: mkdir -p \(place)", exitCode: 1)
    }
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw CommandError("cannot write \(path): it is a folder", exitCode: 1)
    }
    try checkAccess(path, to: place)
  }

  /// Writes what the user asked for; what was read meanwhile is not replaced either.
  public static func write(_ data: Data, to path: String) throws {
    try WholeFile.write(data, to: path)
  }

  /// Whether a device stands there, such as /dev/null.
  public static func isDevice(_ path: String) -> Bool {
    let target = WriteTarget(path)
    return target.isInPlace && !target.isPipe
  }

  /// Whether two paths lead to one file, links followed.
  public static func areSame(_ path: String, _ other: String) -> Bool {
    identity(path) == identity(other)
  }

  private static func checkAccess(_ path: String, to place: String) throws(CommandError) {
    guard access(place, W_OK) == 0 else {
      throw CommandError(
        "cannot write \(path): \(place): \(String(cString: strerror(errno)))", exitCode: 1)
    }
  }

  private static func identity(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().path
  }
}
