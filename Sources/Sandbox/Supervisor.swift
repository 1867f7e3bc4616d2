import ConfinedProcess
import Glibc
import Synchronization

/// Runs a confined program and supervises it: forwards signals, kills it if it runs too long or
/// writes too much, even while it is stopped or blocked, and leaves none of its processes running.
public struct Supervisor {
  /// How a program ended.
  public enum Outcome: Hashable, Sendable {
    case ended(status: Int32)
    /// By a signal that did not come from here.
    case killed(signal: Int32, peakMemory: Int)
    case ranTooLong
    case wroteTooMuch
    /// It did not end although it was asked to with this signal.
    case ignored(signal: Int32)
  }

  public var program: ConfinedProgram
  public var confinement: Confinement
  /// Seconds after which it is killed.
  public var seconds: Double
  /// Bytes after which it is killed, those that go to a terminal or a pipe included.
  public var writtenBytes: Int
  /// Seconds that it has to end after a signal.
  public var patience = 30.0

  public init(
    program: ConfinedProgram, confinement: Confinement, seconds: Double, writtenBytes: Int
  ) {
    self.program = program
    self.confinement = confinement
    self.seconds = seconds
    self.writtenBytes = writtenBytes
  }

  /// Runs it to its end.
  public func run() throws(SandboxError) -> Outcome {
    // What it leaves behind becomes ours to end.
    adopt()
    let prepared = try confinement.prepared()
    PassedSignals.install()
    defer { PassedSignals.remove() }
    let process = try program.start(
      prepared, input: STDIN_FILENO, output: STDOUT_FILENO, errors: STDERR_FILENO)
    let verdict = watch(process)
    if verdict != nil { kill(-process, SIGKILL) }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    // The rest of its group, and what made itself a group of its own.
    kill(-process, SIGKILL)
    endOrphans()
    if let verdict { return verdict }
    if status & 0x7F == 0 { return .ended(status: status >> 8 & 0xFF) }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_CHILDREN.rawValue), &usage)
    return .killed(signal: status & 0x7F, peakMemory: usage.ru_maxrss * 1024)
  }

  /// Waits; gives why the program has to be killed, or nil once it has ended.
  private func watch(_ process: pid_t) -> Outcome? {
    let begun = ContinuousClock.now
    var asked: (signal: Int32, since: ContinuousClock.Instant)?
    var turn = 0
    while true {
      var information = siginfo_t()
      let failure = waitid(P_PID, id_t(process), &information, WEXITED | WNOHANG | WNOWAIT)
      if failure == 0, information.si_signo == SIGCHLD { return nil }
      if failure != 0, errno != EINTR { return nil }
      switch PassedSignals.take() {
      case nil: break
      case SIGTSTP?:
        kill(-process, SIGSTOP)
        raise(SIGSTOP)
        kill(-process, SIGCONT)
      case let signal?:
        asked = asked ?? (signal, .now)
        kill(process, signal)
      }
      if let asked, asked.since.duration(to: .now) > .seconds(patience) {
        return .ignored(signal: asked.signal)
      }
      if begun.duration(to: .now) > .seconds(seconds) { return .ranTooLong }
      if turn % 5 == 0, Self.written(process) > writtenBytes { return .wroteTooMuch }
      turn += 1
      usleep(turn < 50 ? 2000 : 20000)
    }
  }

  /// Bytes that it has given to write calls.
  private static func written(_ process: pid_t) -> Int {
    let file = open("/proc/\(process)/io", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return 0 }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 512)
    let count = read(file, &bytes, bytes.count)
    guard count > 0 else { return 0 }
    for line in String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix("wchar: ") { return Int(line.dropFirst(7)) ?? 0 }
    }
    return 0
  }

  private func adopt() { confined_process_adopt() }

  /// Ends what has become ours because those who started it are gone.
  private func endOrphans() {
    for _ in 0..<1000 {
      let children = Self.children
      guard !children.isEmpty else { return }
      for child in children {
        kill(child, SIGKILL)
        var status: Int32 = 0
        waitpid(child, &status, 0)
      }
    }
  }

  private static var children: [pid_t] {
    let file = open("/proc/self/task/\(getpid())/children", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(file, &bytes, bytes.count)
    guard count > 0 else { return [] }
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: " ")
      .compactMap { pid_t($0.filter(\.isNumber)) }
  }
}

/// The last signal that the user or the system sent and that is not passed on yet.
private enum PassedSignals {
  private static let pending = Atomic<Int32>(0)
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP]

  static func install() {
    pending.store(0, ordering: .relaxed)
    for signal in signals {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = {
        PassedSignals.pending.store($0, ordering: .relaxed)
      }
      sigaction(signal, &action, nil)
    }
  }

  static func remove() {
    for signal in signals { Glibc.signal(signal, SIG_DFL) }
  }

  static func take() -> Int32? {
    let signal = pending.exchange(0, ordering: .relaxed)
    return signal == 0 ? nil : signal
  }
}
