import Commands
import Experiments
import Files
import Foundation
import JSON
import Ranks
import Sandbox
import ScriptInterpreter
import ScriptSyntax
import Tensors

/// One run of merepl: the workspace, the commands bound to it and the interpreter.
public final class Session {
  public let console: Console
  public let workspace: Workspace
  public let host: ScriptHost
  public let interpreter: Interpreter
  public let record: RunRecord

  /// - Parameters:
  ///   - outputFolder: where figures and locks go; nil for their usual places
  ///   - isRecorded: whether a record of the run will be written; asks git about the sources
  public convenience init(
    console: Console, outputFolder: String? = nil, isRecorded: Bool = true
  ) throws {
    var options = Workspace.Options()
    options.outputFolder = outputFolder
    try self.init(console: console, options: options, isRecorded: isRecorded)
  }

  /// - Parameters:
  ///   - limits: what the script may use up
  ///   - output: receives every line that the script prints; nil for the console
  public init(
    console: Console, options: Workspace.Options, limits: Limits = UntrustedProgram.limits,
    isRecorded: Bool = true, output: ((String) -> Void)? = nil
  ) throws {
    self.console = console
    if let memory = limits.commandBytes { MemoryBudget.lower(to: memory) }
    record = RunRecord(
      versions: { LibraryVersions.inUse.merging(["merepl": ToolVersion.current]) { $1 } },
      settings: [
        "threads": .int(Workers.count), "precision": .string(Precision.current.rawValue),
        "instructions": .string(Instructions.family),
        "products": .string(Precision.current.products),
      ], source: isRecorded && !ConfinedSelf.isConfined ? Self.sources() : nil)
    workspace = try Workspace(options: options, progress: console.progress, record: record)
    // With --json, standard output holds nothing but JSON.
    host = ScriptHost(
      workspace: workspace,
      output: output ?? { console.writesJSON ? console.message($0) : console.write($0) })
    host.style = { console.style }
    host.isOnTerminal = { isatty(STDOUT_FILENO) == 1 }
    WrittenBytes.most = limits.writtenBytes
    interpreter = Interpreter(
      host: host, limits: limits, cancellation: { Cancellation.isRequested })
  }

  /// The state of the repository around the project; nil for an unpacked bundle, whose content is
  /// untrusted.
  private static func sources() -> SourceState? {
    guard let root = try? Workspace.locate(), !Workspace.isBundle(root) else { return nil }
    return SourceState.current(in: root)
  }

  /// Reports which directories of the project are symbolic links.
  public func sayLinks() {
    for name in ["data", "experiments", ".merepl"] {
      let path = "\(workspace.root)/\(name)"
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        continue
      }
      console.remark("\(name) is a symbolic link to \(TerminalText.clean(target))")
    }
  }

  /// Where run records are.
  var runsFolder: String { "\(workspace.root)/.merepl/runs" }

  /// Checks and runs a script, and says in the record which.
  public func run(_ script: ScriptFile, _ program: Program, _ assignments: [Assignment]) throws {
    for assignment in assignments {
      interpreter.setParameter(assignment.name, to: assignment.value)
    }
    record.set("script", try script.json(program, assignments))
    console.show(try interpreter.run(program))
  }

  /// Does the work, reports its error, and leaves a record of the run under `.merepl/runs`.
  public func recorded(_ work: () throws -> ExitStatus) -> ExitStatus {
    let status: ExitStatus
    do {
      status = try work()
    } catch {
      status = console.report(error)
    }
    do {
      try record.write(in: runsFolder, exitCode: status.code)
    } catch {
      console.message("warning: cannot write the record of this run: \(error)")
    }
    return status
  }

  /// Writes what the run gave into `NAME.lock`; a script without results or tables gets none.
  public func writeLock(for script: ScriptFile) throws {
    let (folder, name) = script.lockPlace(out: workspace.outputFolder)
    let path = folder == "." ? name : "\(folder)/\(name)"
    let lock = workspace.lock
    record.set("lock", .string(lock.text))
    if lock.results.isEmpty && lock.cells.isEmpty {
      guard FileManager.default.fileExists(atPath: path) else { return }
    }
    if let place = ConfinedSelf.lockPlace {
      // The folder of the script is closed to a confined process; the one outside puts it there.
      try lock.write(to: place)
    } else {
      try WholeFile.write(Array(lock.text.utf8), below: folder, to: name)
    }
    console.remark("lock: \(path)")
  }
}
