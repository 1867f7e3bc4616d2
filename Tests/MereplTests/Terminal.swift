import Foundation

/// A pseudo-terminal with the program at its other end, which it controls: typed control characters
/// become signals, as they do for a user.
final class Terminal {
  private let master: Int32
  private let processID: pid_t
  private var waitStatus: Int32?
  private var screen = ""

  struct Failure: Error, CustomStringConvertible {
    let what: String
    let code: Int32
    var description: String { "\(what): \(String(cString: strerror(code)))" }
  }

  /// - Parameter command: started instead of the program, for instance a shell
  init(
    _ program: Program, _ arguments: [String] = [], command: [String] = [Program.path],
    environment: [String: String?] = [:], columns: UInt16 = 100
  ) throws {
    // What posix_openpt, unlockpt and ptsname do; the Glibc module leaves those out.
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var locked: Int32 = 0
    var number: Int32 = 0
    guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0,
      ioctl(master, 0x8004_5430, &number) == 0
    else { throw Failure(what: "no pseudo-terminal", code: errno) }
    var size = winsize(ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    processID = try Self.spawn(
      program.process([], environment: environment).environment ?? [:],
      ["env", "-C", program.folder] + command + arguments, device: "/dev/pts/\(number)")
  }

  deinit {
    if waitStatus == nil {
      kill(processID, SIGKILL)
      var status: Int32 = 0
      waitpid(processID, &status, 0)
    }
    close(master)
  }

  /// Starts the program as the leader of a session whose terminal is `device`: the first terminal
  /// that a leader opens becomes the one that controls it.
  private static func spawn(
    _ environment: [String: String], _ command: [String], device: String
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, device, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var everySignal = sigset_t()
    sigfillset(&everySignal)
    var noSignal = sigset_t()
    sigemptyset(&noSignal)
    posix_spawnattr_setsigdefault(&attributes, &everySignal)
    posix_spawnattr_setsigmask(&attributes, &noSignal)
    // POSIX_SPAWN_SETSIGDEF, _SETSIGMASK and _SETSID.
    posix_spawnattr_setflags(&attributes, 0x04 | 0x08 | 0x80)

    // `env` changes the folder, which Glibc's module has no call for, and becomes the program.
    let words = command.map { strdup($0) }
    let settings = environment.map { strdup("\($0.key)=\($0.value)") }
    defer { for text in words + settings { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(
      &child, "/usr/bin/env", &actions, &attributes, words + [nil], settings + [nil])
    guard code == 0 else { throw Failure(what: "cannot start \(command)", code: code) }
    return child
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  func enter(_ text: String) { type(text + "\r") }

  func resize(columns: UInt16) {
    var size = winsize(ws_row: 40, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
  }

  func signal(_ number: Int32) { kill(processID, number) }

  /// Waits until `text` has been shown since the last call that found something; gives what was
  /// shown up to then, or nil when it does not come.
  func shows(_ text: String, within seconds: Double = 30) -> String? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
      if let range = screen.range(of: text, options: .literal) {
        let before = String(screen[..<range.upperBound])
        screen = String(screen[range.upperBound...])
        return before
      }
      guard Date() < deadline else { return nil }
      var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 200) > 0 else { continue }
      var bytes = [UInt8](repeating: 0, count: 65536)
      let count = Glibc.read(master, &bytes, bytes.count)
      // The last reader of the other end has gone.
      guard count > 0 else { return nil }
      screen += String(decoding: bytes[..<count], as: UTF8.self)
    }
  }

  /// The exit status, once the program has ended; nil where it does not, or a signal ended it.
  func status(within seconds: Double = 30) -> Int32? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while waitStatus == nil, Date() < deadline {
      // Read on, or a program that writes much never ends.
      _ = shows("\u{0}", within: 0.02)
      var status: Int32 = 0
      if waitpid(processID, &status, WNOHANG) == processID { waitStatus = status }
    }
    guard let waitStatus, waitStatus & 0x7f == 0 else { return nil }
    return (waitStatus >> 8) & 0xff
  }
}
