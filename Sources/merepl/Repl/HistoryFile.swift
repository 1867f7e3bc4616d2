import CReadline
import Diagnostics
import Foundation
import ScriptInterpreter

/// The inputs of earlier sessions: `$XDG_STATE_HOME/merepl/history`, readable by its owner only.
/// Sessions append to it, so several may run at once.
struct HistoryFile {
  static let maximumEntries: Int32 = 10_000

  let path: String

  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    var folder = environment["XDG_STATE_HOME"] ?? ""
    // The specification asks to ignore relative paths.
    if !folder.hasPrefix("/") {
      folder = "\(environment["HOME"] ?? NSHomeDirectory())/.local/state"
    }
    path = "\(folder)/merepl/history"
  }

  /// Reads the file into readline's history, making it when absent.
  func load() throws {
    let folder = (path as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let file = open(path, O_CREAT | O_RDONLY | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure("cannot be opened", errno) }
    fchmod(file, 0o600)
    close(file)
    let status = read_history(path)
    if status != 0 { throw failure("cannot be read", status) }
    stifle_history(Self.maximumEntries)
    history_truncate_file(path, Self.maximumEntries)
  }

  /// Appends the newest entry of readline's history.
  func appendLast() throws {
    let status = append_history(1, path)
    if status != 0 { throw failure("cannot be written", status) }
  }

  private func failure(_ what: String, _ status: Int32) -> CommandError {
    CommandError("the history file \(path) \(what): \(String(cString: strerror(status)))")
  }
}
