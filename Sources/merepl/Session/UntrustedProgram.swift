import Commands
import Experiments
import Files
import Foundation
import Sandbox
import ScriptInterpreter

/// `--untrusted`: merepl started a second time, in a process that the kernel confines before any
/// code of it runs, and watched over by this one, which reads nothing of what it is given.
struct UntrustedProgram {
  let script: ScriptFile
  let out: String?
  let seconds: Int
  let console: Console

  /// Seconds that the process has to end by itself before it is killed.
  private static let grace = 15.0
  /// The largest file that it may write, in bytes.
  private static let fileSize = 256 << 20
  /// Bytes of memory, beside what every thread needs.
  private static let memory = 4 << 30

  // MARK: Inside

  /// Whether this is the confined process.
  static var isHere: Bool { ConfinedSelf.isConfined }

  /// What every session of this process may use up.
  static var limits: Limits {
    guard let seconds = ConfinedSelf.seconds else { return .standard }
    var limits = Limits.untrusted
    limits.wallTime = .seconds(seconds)
    return limits
  }

  /// The limits that merepl keeps itself, with better words than the kernel has.
  static func beginLimits() { _ = watch }

  /// Begins with its first use.
  private static let watch = limits.wallTime.map { ResourceLimits(wallTime: $0) }

  // MARK: Outside

  func run() throws -> ExitStatus {
    let root = try UntrustedFolders.root(of: script)
    let folders = try UntrustedFolders(root: root, out: out)
    defer { folders.clear() }
    for gap in KernelSupport.current.gaps {
      console.message("warning: the kernel cannot confine this script wholly: \(gap)")
    }
    console.remark(
      "untrusted: \(TerminalText.clean(root)); it can write only "
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
      throw CommandError("cannot find merepl's own file; is /proc mounted?")
    }
    var environment = CleanEnvironment.variables(home: folders.temporary)
    environment[ConfinedSelf.secondsVariable] = "\(seconds)"
    environment[ConfinedSelf.rootVariable] = root
    environment[ConfinedSelf.lockVariable] = folders.lock
    // What a trusted run gives itself by starting again.
    environment["OPENBLAS_CORETYPE"] = "Haswell"
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
        "the limit of time was reached (\(seconds) s), and the script did not stop: it was killed",
        code: .timeLimit, suggestion: "give it more with --time-limit")
    case .wroteTooMuch:
      throw CommandError(
        "the script was killed: it wrote more than a run may "
          + "(limit writtenBytes, \(Limits.untrusted.writtenBytes >> 20) MiB)", code: .sizeLimit)
    case .killed(let signal, let peak): throw Self.error(signal, peak)
    }
  }

  private static func error(_ signal: Int32, _ peak: Int) -> CommandError {
    let name = "signal \(signal), \(String(cString: strsignal(signal)))"
    let limit = "limit of memory, \(ByteText.short(memory))"
    switch signal {
    case SIGSYS:
      return CommandError(
        "the confined process was killed: it asked the kernel for something that it may not have",
        notes: ["such a script is hostile, or found a fault of merepl"])
    case SIGXCPU: return CommandError("the limit of processor time was reached", code: .timeLimit)
    case SIGKILL:
      return CommandError(
        "the confined process was killed from outside, as the system does when memory ends",
        code: .memoryLimit)
    case SIGILL, SIGTRAP, SIGABRT:
      if peak > memory / 4 {
        return CommandError(
          "the confined process got no more memory (\(limit)) and ended", code: .memoryLimit,
          notes: [name])
      }
      fallthrough
    default:
      return CommandError(
        "the confined process crashed (\(name))",
        notes: ["it held \(ByteText.short(peak)); its \(limit)"])
    }
  }
}
