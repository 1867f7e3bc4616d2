import Canonical
import Diagnostics
import Experiments
import Files
import Foundation
import JSON
import ScriptInterpreter
import ScriptSyntax

/// A script on disk, or on standard input.
public struct ScriptFile {
  public let path: String

  public init(_ path: String) { self.path = path }

  /// The directory of the script and everything it includes.
  var folder: String { PathText.folder(of: path) }

  /// `experiments/table5.me` -> `table5`
  public var name: String { (PathText.name(of: path) as NSString).deletingPathExtension }

  /// `experiments/table5.me` -> `experiments/table5.lock`
  var lockPath: String { (path.contains("/") ? "\(folder)/" : "") + "\(name).lock" }

  /// Where a run writes its lock: a folder, and the name in it.
  /// - Parameter out: the folder of `--out`
  func lockPlace(out: String?) -> (folder: String, name: String) {
    (out ?? (path.contains("/") ? folder : "."), "\(name).lock")
  }

  /// Checks before the work that the lock can be written: not over the script or its includes, and
  /// not through a link.
  public func checkLockPlace(out: String?) throws {
    let place = lockPlace(out: out)
    let path = place.folder == "." ? place.name : "\(place.folder)/\(place.name)"
    if ReadFiles.contains(path) {
      throw CommandError(
        "the lock \(path) would overwrite the script",
        suggestion: "give the script a name that ends in .me")
    }
    var status = stat()
    if out == nil, stat(self.path, &status) == 0, status.st_mode & S_IFMT == S_IFIFO {
      throw CommandError(
        "\(self.path) is a pipe, so the lock cannot be written beside it",
        suggestion: "copy the script to a file first, or choose a directory with --out",
        exitCode: ExitStatus.inputMissing.code)
    }
    guard lstat(path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG: break
    case S_IFLNK: throw CommandError("\(LinkRefusal.link(path))")
    case S_IFDIR: throw CommandError("cannot write the lock \(path): it is a directory")
    default: throw CommandError("cannot write the lock \(path): it is not a regular file")
    }
  }

  /// The lock beside the script.
  func lock() throws -> Lockfile {
    guard FileManager.default.fileExists(atPath: lockPath) else {
      throw CommandError(
        "\(lockPath) does not exist",
        suggestion:
          "create it with: merepl run \(path) (a script without a table, a claim or a saved "
          + "checkpoint has none)",
        exitCode: ExitStatus.inputMissing.code)
    }
    return try Lockfile(contentsOfFile: lockPath)
  }

  /// Path, parameters and the hashes of the texts, for records.
  public func json(_ program: Program, _ assignments: [Assignment]) throws -> JSONValue {
    let files = [program.main.file] + program.included.values.map(\.file)
    let texts = Dictionary(files.map { ($0.path, ContentHash(of: $0.bytes).hex) }) { $1 }
    return [
      "path": .string(path), "absolute": .string(RealPath.of(path) ?? path),
      "set": JSONValue(members: assignments.map { ($0.name, .string($0.value)) }),
      "texts": JSONValue(members: texts.sorted { $0.key < $1.key }.map { ($0, .string($1)) }),
    ]
  }

  public func load() throws -> Program {
    try Program.load(readSource(), resolveInclude: resolve)
  }

  /// The text of the file; `-` is standard input.
  public func readSource() throws -> SourceFile {
    guard path == "-" else { return try Self.source(path) }
    let data = try FileHandle.standardInput.read(upToCount: Script.maximumBytes + 1) ?? Data()
    return SourceFile(path: "standard input", bytes: Array(data))
  }

  /// Reads at most the largest size of a script and never blocks on a named pipe. A pipe that is
  /// already open is read, once.
  static func source(_ path: String) throws -> SourceFile {
    let descriptor: Int32
    do throws(FileFault) {
      descriptor = try RegularFile.open(path).descriptor
    } catch {
      guard case .notRegular(_, "pipe") = error, let pipe = OpenPipe.open(path) else {
        throw Self.unreadable(path, error)
      }
      descriptor = pipe
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    guard let data = try? file.read(upToCount: Script.maximumBytes + 1) ?? Data() else {
      throw Self.unreadable(path, .system("read", path, EIO))
    }
    ReadFiles.note(file.fileDescriptor)
    return SourceFile(path: path, bytes: Array(data))
  }

  private static func unreadable(_ path: String, _ fault: FileFault) -> CommandError {
    let words = if case .missing = fault { "does not exist" } else { "cannot be read" }
    let reason = if case .missing = fault { "" } else { ": \(fault.reason)" }
    return CommandError(
      "the script \(path) \(words)\(reason)", exitCode: ExitStatus.inputMissing.code)
  }

  /// Reads what `include` names: a path relative to the including file that stays in the folder of
  /// the script, symbolic links followed.
  public func resolve(_ text: String, from: SourceFile) throws -> SourceFile {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard !text.hasPrefix("/"), !parts.contains("..") else {
      throw CommandError("a script can include only files in its own directory")
    }
    let path = (from.path.contains("/") ? "\(PathText.folder(of: from.path))/" : "") + text
    let root = RealPath.of(folder)
    guard let target = RealPath.of(path) else {
      throw CommandError("the file \(path) does not exist")
    }
    guard let root, PathText.relative(target, to: root) != nil else {
      throw CommandError("\(path) is a symbolic link out of the script's directory")
    }
    return try Self.source(path)
  }
}
