import Commands
import Experiments
import Foundation
import JSON
import ScriptInterpreter
import ScriptSyntax
import Tensors

/// One run of merepl: the workspace, the commands bound to it and the interpreter.
final class Session {
  let console: Console
  let workspace: Workspace
  let host: ScriptHost
  let interpreter: Interpreter
  let record: RunRecord

  /// - Parameters:
  ///   - outputFolder: where figures and locks go; nil for their usual places
  ///   - isRecorded: whether a record of the run will be written; asks git about the sources
  convenience init(
    console: Console, outputFolder: String? = nil, isRecorded: Bool = true
  ) throws {
    var options = Workspace.Options()
    options.outputFolder = outputFolder
    try self.init(console: console, options: options, isRecorded: isRecorded)
  }

  /// - Parameters:
  ///   - limits: what the script may use up
  ///   - output: receives every line that the script prints; nil for the console
  init(
    console: Console, options: Workspace.Options, limits: Limits = .standard,
    isRecorded: Bool = true, output: ((String) -> Void)? = nil
  ) throws {
    self.console = console
    if let memory = limits.commandBytes { MemoryBudget.lower(to: memory) }
    record = RunRecord(
      versions: { LibraryVersions.inUse.merging(["merepl": Merepl.version]) { $1 } },
      settings: [
        "threads": .int(Workers.count), "precision": .string(Precision.current.rawValue),
        "kernels": .string(OpenBLAS.kernels), "products": .string(Precision.current.products),
      ], source: isRecorded ? SourceState.current() : nil)
    workspace = try Workspace(options: options, progress: console.progress, record: record)
    // With --json, standard output holds nothing but JSON.
    host = ScriptHost(
      workspace: workspace,
      output: output ?? { console.writesJSON ? console.message($0) : console.write($0) })
    host.style = { console.style }
    interpreter = Interpreter(
      host: host, limits: limits, cancellation: { Cancellation.isRequested })
  }

  /// Where the records of runs lie.
  var runsFolder: String { "\(workspace.root)/.merepl/runs" }

  /// Checks and runs a script, and says in the record which.
  func run(_ script: ScriptFile, _ program: Program, _ assignments: [Assignment]) throws {
    for assignment in assignments {
      interpreter.setParameter(assignment.name, to: assignment.value)
    }
    record.set("script", try script.json(program, assignments))
    console.show(try interpreter.run(program))
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
      try record.write(in: runsFolder, exitCode: status.code)
    } catch {
      console.message("warning: the record of this run could not be written: \(error)")
    }
    return status
  }

  /// Writes what the run gave into `NAME.lock`; a script without results or tables gets none.
  func writeLock(for script: ScriptFile) throws {
    let path = workspace.outputFolder.map { "\($0)/\(script.name).lock" } ?? script.lockPath
    let lock = workspace.lock
    record.set("lock", .string(lock.text))
    if lock.results.isEmpty && lock.cells.isEmpty {
      guard FileManager.default.fileExists(atPath: path) else { return }
    }
    try lock.write(to: path)
    console.remark("lock: \(path)")
  }
}
