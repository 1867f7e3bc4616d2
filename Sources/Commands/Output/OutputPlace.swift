import Experiments
import Foundation
import ScriptInterpreter

/// Where the user wants a file.
public enum OutputPlace {
  /// Finds out before the work whether its result can be written to `path`.
  /// - Parameter sources: files that the work reads, which its result must not replace
  public static func check(_ path: String, reading sources: [String] = []) throws(CommandError) {
    let target = identity(path)
    if sources.contains(where: { identity($0) == target }) {
      throw CommandError(
        "\(path) is read here, too; it would be overwritten",
        suggestion: "write the outputs to another file", exitCode: 1)
    }
    let place = PathText.folder(of: path)
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
    guard access(place, W_OK) == 0 else {
      throw CommandError(
        "cannot write \(path): \(place): \(String(cString: strerror(errno)))", exitCode: 1)
    }
  }

  private static func identity(_ path: String) -> String {
    URL(filePath: path).resolvingSymlinksInPath().path
  }
}
