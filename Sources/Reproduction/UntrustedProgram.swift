import Commands
import Diagnostics
import Experiments
import Files
import Foundation
import Sandbox
import ScriptInterpreter

/// `--untrusted`: starts merepl a second time in a process that the kernel confines before any of
/// its code runs. This process supervises it and reads none of the script's files.
public struct UntrustedProgram {
  public let script: ScriptFile
  let out: String?
  public let seconds: Int
  public let console: Console

  /// - Parameters:
  ///   - out: the folder that the script may write into; nil for none
  ///   - seconds: that it may take
  public init(script: ScriptFile, out: String?, seconds: Int, console: Console) {
    self.script = script
    self.out = out
    self.seconds = seconds
    self.console = console
  }

  /// Seconds that the process has to end by itself before it is killed.
  private static let grace = 15.0
  /// The largest file that it may write, in bytes.
  private static let fileSize = 256 << 20
  /// Bytes of memory, beside what every thread needs.
  private static let memory = 4 << 30

  // MARK: Inside

  /// Whether this is the confined process.
  public static var isHere: Bool { ConfinedSelf.isConfined }

  /// The limits of every session of this process.
  public static var limits: Limits {
    guard let seconds = ConfinedSelf.seconds else { return .standard }
    var limits = Limits.untrusted
    limits.wallTime = .seconds(seconds)
    return limits
  }

  /// Starts the limits that merepl enforces itself, with clearer messages than the kernel's.
  public static func beginLimits() { _ = watch }

  /// Begins with its first use.
  private static let watch = limits.wallTime.map { ResourceLimits(wallTime: $0) }

  // MARK: Outside

  public func run() throws -> ExitStatus {
    let root = try UntrustedFolders.root(of: script)
    let folders = try UntrustedFolders(root: root, out: out)
    defer { folders.clear() }
    for gap in KernelSupport.current.gaps {
      console.message("warning: this kernel cannot fully confine the script: \(gap)")
    }
    console.remark(
      "untrusted: \(TerminalText.clean(root)); can write only to "
        + folders.writable.map { TerminalText.clean(folders.shown($0)) }.joined(separator: ", "))
    let outcome = try Supervisor(
      program: try program(root, folders), confinement: confinement(root, folders),
      seconds: Double(seconds) + Self.grace,
      writtenBytes: Limits.untrusted.writtenBytes * 2 + (1 << 30)
    ).run()
    try takeLock(folders)
    return try status(outcome)
  }

  private func program(_ root: String, _ folders: UntrustedFolders) throws -> ConfinedProgram {
    guard let path = ConfinedSelf.program else {
      throw CommandError("cannot find merepl's executable; is /proc mounted?")
    }
    var environment = CleanEnvironment.variables(home: folders.temporary)
    environment[ConfinedSelf.secondsVariable] = "\(seconds)"
    environment[ConfinedSelf.rootVariable] = root
    environment[ConfinedSelf.lockVariable] = folders.lock
    environment["SWIFT_BACKTRACE"] = "enable=no"
    return ConfinedProgram(
      path: path, arguments: CommandLine.arguments, environment: environment)
  }

  private func confinement(_ root: String, _ folders: UntrustedFolders) -> Confinement {
    var confinement = Confinement(.computing)
    confinement.executables =
      [ConfinedSelf.program, SystemProgram.find("gnuplot")].compactMap { $0 }
    confinement.readable =
      ["data", "experiments"].map { "\(root)/\($0)" } + ConfinedSelf.libraryFolders
      + (script.path == "-" ? [] : [script.folder])
    confinement.writable = folders.writable + [folders.temporary]
    confinement.readsItself = true
    let processors = ProcessInfo.processInfo.processorCount
    confinement.limits = [
      .memory(Self.memory + processors * (64 << 20)), .fileSize(Self.fileSize), .openFiles(512),
      .processorSeconds((seconds + 60) * processors), .noCoreFile,
    ]
    if getuid() != 0 {
      confinement.limits.append(.processes(ConfinedSelf.userTasks + 64 + 8 * processors))
    }
    return confinement
  }

  /// Puts the lock beside the script, where the confined process could not.
  private func takeLock(_ folders: UntrustedFolders) throws {
    guard let data = folders.lockData() else { return }
    let place = script.lockPlace(out: out)
    try WholeFile.write(data, below: place.folder, to: place.name)
  }

  private func status(_ outcome: Supervisor.Outcome) throws -> ExitStatus {
    switch outcome {
    case .ended(let status): return ExitStatus(code: status)
    case .ignored(let signal): return ExitStatus(code: 128 + signal)
    case .ranTooLong:
      throw CommandError(
        "time limit exceeded (\(seconds) s); the script did not stop and was killed",
        code: .timeLimit, suggestion: "raise it with --time-limit")
    case .wroteTooMuch:
      throw CommandError(
        "limit exceeded: the script wrote too much and was killed "
          + "(limit writtenBytes, \(Limits.untrusted.writtenBytes >> 20) MiB)", code: .sizeLimit)
    case .killed(let signal, let peak): throw Self.error(signal, peak)
    }
  }

  private static func error(_ signal: Int32, _ peak: Int) -> CommandError {
    let name = "signal \(signal), \(String(cString: strsignal(signal)))"
    let limit = "memory limit \(ByteText.short(memory))"
    switch signal {
    case SIGSYS:
      return CommandError(
        "the confined process was killed: it made a forbidden system call",
        notes: ["the script is malicious, or it triggered a bug in merepl"])
    case SIGXCPU: return CommandError("CPU time limit exceeded", code: .timeLimit)
    case SIGKILL:
      return CommandError(
        "the confined process was killed from outside, perhaps by the system for lack of memory",
        code: .memoryLimit)
    case SIGILL, SIGTRAP, SIGABRT:
      if peak > memory / 4 {
        return CommandError(
          "the confined process ran out of memory (\(limit))", code: .memoryLimit,
          notes: [name])
      }
      fallthrough
    default:
      return CommandError(
        "the confined process crashed (\(name))",
        notes: ["it used \(ByteText.short(peak)) of memory; \(limit)"])
    }
  }
}
