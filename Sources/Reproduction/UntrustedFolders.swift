import Commands
import Diagnostics
import Experiments
import Files
import Foundation
import ScriptInterpreter

/// The directories of a project that an untrusted script may write to, and a temporary one.
final class UntrustedFolders {
  let root: String
  /// Holds temporary files and the new lock; only the user can enter it.
  let temporary: String
  let writable: [String]
  /// Directories created here; removed again if they stay empty.
  private var made: [String] = []

  /// Where the confined process writes its lock.
  var lock: String { "\(temporary)/new.lock" }

  /// The folder of the project that a script belongs to.
  static func root(of script: ScriptFile) throws -> String {
    let located = try Workspace.locate()
    let root = RealPath.of(located) ?? located
    if script.path != "-", let place = RealPath.of(script.folder),
      !PathText.isWithin(place, root)
    {
      throw CommandError(
        "\(TerminalText.clean(script.path)) is outside the project \(TerminalText.clean(root)), "
          + "which it could write to", code: .pathOutside,
        suggestion: "run it from the directory of its own project")
    }
    return root
  }

  init(root: String, out: String?) throws {
    self.root = root
    for name in ["data", "experiments", "figures", "out", ".merepl"] {
      try Self.refuseLink("\(root)/\(name)", name)
    }
    let base = try out.map(Self.outputFolder) ?? root
    writable = ["\(base)/figures", "\(base)/out", "\(root)/.merepl"]
    if out != nil {
      for name in ["figures", "out"] { try Self.refuseLink("\(base)/\(name)", "\(base)/\(name)") }
    }
    temporary = try Folders.makeTemporary(prefix: "merepl-untrusted-")
    for folder in writable {
      if mkdir(folder, 0o755) == 0 {
        made.append(folder)
      } else if errno != EEXIST {
        let number = errno
        clear()
        throw FileFault.system("create the directory", folder, number)
      }
    }
  }

  /// Removes what is temporary, and folders that nothing was written to.
  func clear() {
    Folders.remove(temporary)
    for folder in made { rmdir(folder) }
  }

  /// A folder from the root, where it lies there.
  func shown(_ path: String) -> String {
    "\(PathText.relative(path, to: root) ?? path)/"
  }

  /// The bytes of the new lock; nil where none was written.
  func lockData() -> Data? {
    try? RegularFile.read(lock, limit: 64 << 20, followsLinks: false)
  }

  private static func outputFolder(_ path: String) throws -> String {
    try Folders.make(path)
    return RealPath.of(path) ?? path
  }

  private static func refuseLink(_ path: String, _ name: String) throws {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return }
    let target = (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) ?? "elsewhere"
    throw CommandError(
      "\(name) is a symbolic link to \(TerminalText.clean(target)); --untrusted needs a real "
        + "directory", code: .pathOutside,
      suggestion: "replace the link with the directory, or run without --untrusted")
  }
}
