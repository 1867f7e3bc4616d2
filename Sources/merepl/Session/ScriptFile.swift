import Diagnostics
import Foundation
import ScriptInterpreter
import ScriptSyntax

/// A script on disk, or on standard input.
struct ScriptFile {
  let path: String

  init(_ path: String) { self.path = path }

  /// The folder that the script and everything it includes lies in.
  var folder: String { (path as NSString).deletingLastPathComponent }

  /// `experiments/table5.me` -> `table5`
  var name: String { ((path as NSString).lastPathComponent as NSString).deletingPathExtension }

  func load() throws -> Program {
    try Program.load(Self.source(path), resolveInclude: resolve)
  }

  static func source(_ path: String) throws -> SourceFile {
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      return SourceFile(path: path, bytes: Array(data))
    } catch {
      let exists = FileManager.default.fileExists(atPath: path)
      let reason = exists ? "cannot be read" : "does not exist"
      throw CommandError("the script \(path) \(reason)", exitCode: ExitStatus.inputMissing.code)
    }
  }

  /// Reads what `include` names: a path relative to the including file that stays in the folder of
  /// the script, symbolic links followed.
  func resolve(_ text: String, from: SourceFile) throws -> SourceFile {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard !text.hasPrefix("/"), !parts.contains("..") else {
      throw CommandError("a script includes only files in its own folder")
    }
    let base = (from.path as NSString).deletingLastPathComponent
    let path = base.isEmpty ? text : "\(base)/\(text)"
    let root = Self.realPath(folder.isEmpty ? "." : folder)
    guard let target = Self.realPath(path) else {
      throw CommandError("the file \(path) does not exist")
    }
    guard let root, target.hasPrefix(root + "/") else {
      throw CommandError("\(path) is a link out of the script's folder")
    }
    return try Self.source(path)
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
