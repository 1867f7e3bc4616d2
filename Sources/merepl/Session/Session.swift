import Commands
import Experiments
import Foundation
import JSON
import ScriptInterpreter
import Tensors

/// One run of merepl: the workspace, the commands bound to it and the interpreter.
final class Session {
  let console: Console
  let workspace: Workspace
  let host: ScriptHost
  let interpreter: Interpreter
  private let record: RunRecord

  /// - Parameters:
  ///   - outputFolder: where figures and locks go; nil for their usual places
  ///   - isRecorded: whether a record of the run will be written; asks git about the sources
  init(console: Console, outputFolder: String? = nil, isRecorded: Bool = true) throws {
    self.console = console
    record = RunRecord(
      versions: ["merepl": Merepl.version, "OpenBLAS": OpenBLAS.version],
      settings: [
        "threads": .int(Workers.count), "precision": .string(Precision.current.rawValue),
        "kernels": .string(OpenBLAS.kernels), "products": .string(Precision.current.products),
      ], source: isRecorded ? SourceState.current() : nil)
    workspace = try Workspace(
      outputFolder: outputFolder, progress: console.progress, record: record)
    // With --json, standard output holds nothing but JSON.
    host = ScriptHost(
      workspace: workspace,
      output: { console.writesJSON ? console.message($0) : console.write($0) })
    host.style = { console.style }
    interpreter = Interpreter(host: host, cancellation: { Cancellation.isRequested })
  }

  /// Does the work, reports its error, and leaves a record of the run under `.merepl/runs`.
  func recorded(_ work: () throws -> ExitStatus) -> ExitStatus {
    let status: ExitStatus
    do {
      status = try work()
    } catch {
      status = console.report(error)
    }
    do {
      try record.write(in: "\(workspace.store.root)/runs", exitCode: status.code)
    } catch {
      console.message("warning: the record of this run could not be written: \(error)")
    }
    return status
  }

  /// Writes what the run gave into `NAME.lock`; a script without results or tables gets none.
  func writeLock(for script: ScriptFile) throws {
    let name = "\(script.name).lock"
    let folder = workspace.outputFolder ?? script.folder
    let path = folder.isEmpty ? name : "\(folder)/\(name)"
    let lock = workspace.lock
    if lock.results.isEmpty && lock.cells.isEmpty {
      guard FileManager.default.fileExists(atPath: path) else { return }
    }
    try lock.write(to: path)
    console.remark("lock: \(path)")
  }
}
