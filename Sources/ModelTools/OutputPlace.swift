import Diagnostics
import Experiments
import Files
import Foundation

/// The path of an output file.
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
        "\(path) is also an input and would be overwritten",
        suggestion: "write the output to another file", exitCode: 1)
    }
    let written = WriteTarget(path)
    if needsSeeking, written.isPipe {
      throw CommandError(
        "cannot write \(path): it is a pipe, and this format needs a seekable file",
        suggestion: "write to a regular file", exitCode: 1)
    }
    if written.isInPlace { return try checkAccess(path, to: path) }
    let place = PathText.folder(of: written.path)
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw CommandError(
        "cannot write \(path): directory \(place) does not exist",
        suggestion: "create it with: mkdir -p \(place)", exitCode: 1)
    }
    if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw CommandError("cannot write \(path): it is a directory", exitCode: 1)
    }
    try checkAccess(path, to: place)
  }

  /// Writes an output file; files read in the meantime are not overwritten either.
  public static func write(_ data: Data, to path: String) throws {
    try WholeFile.write(data, to: path)
  }

  /// Whether the path is a device, such as /dev/null.
  public static func isDevice(_ path: String) -> Bool {
    let target = WriteTarget(path)
    return target.isInPlace && !target.isPipe
  }

  /// Whether two paths refer to one file, following links.
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
