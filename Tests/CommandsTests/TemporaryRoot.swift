import Commands
import Experiments
import Foundation
import ScriptInterpreter

/// A folder of its own with the project's `data/`, for hosts with the real commands.
struct TemporaryRoot: ~Copyable {
  let path = NSTemporaryDirectory() + "merepl-root-\(UUID().uuidString)"

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(
      atPath: "\(path)/data",
      withDestinationPath: CommandReferenceTests.root.appending(path: "data").path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func host(output: @escaping (String) -> Void = { _ in }) throws -> ScriptHost {
    ScriptHost(
      workspace: try Workspace(
        root: path, progress: ProgressDisplay(mode: .automatic(quiet: true, color: .never))),
      output: output)
  }
}
