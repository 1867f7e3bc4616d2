import Foundation

/// A pseudo-terminal with the program at its other end.
final class Terminal {
  private let master: Int32
  let process: Process
  private var screen = ""

  init(_ program: Program, _ arguments: [String] = []) throws {
    // What posix_openpt, unlockpt and ptsname do; the Glibc module leaves those out.
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var locked: Int32 = 0
    var number: Int32 = 0
    guard master >= 0, ioctl(master, 0x4004_5431, &locked) == 0,
      ioctl(master, 0x8004_5430, &number) == 0
    else { throw CocoaError(.fileNoSuchFile) }
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    var size = winsize(ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(slave, UInt(TIOCSWINSZ), &size)
    process = program.process(arguments)
    let end = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    process.standardInput = end
    process.standardOutput = end
    process.standardError = end
    try process.run()
  }

  deinit {
    if process.isRunning { process.terminate() }
    close(master)
  }

  func type(_ text: String) {
    let bytes = Array(text.utf8)
    _ = write(master, bytes, bytes.count)
  }

  func enter(_ text: String) { type(text + "\r") }

  /// Waits until `text` has been shown since the last call that found something; gives what was
  /// shown up to then, or nil when it does not come.
  func shows(_ text: String, within seconds: Double = 30) -> String? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
      if let range = screen.range(of: text) {
        let before = String(screen[..<range.upperBound])
        screen = String(screen[range.upperBound...])
        return before
      }
      guard Date() < deadline else { return nil }
      var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, 200) > 0 else { continue }
      var bytes = [UInt8](repeating: 0, count: 65536)
      let count = Glibc.read(master, &bytes, bytes.count)
      guard count > 0 else { return nil }
      screen += String(decoding: bytes[..<count], as: UTF8.self)
    }
  }

  /// The exit status, once the program has ended.
  func status(within seconds: Double = 30) -> Int32? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while process.isRunning {
      if Date() > deadline { return nil }
      usleep(20_000)
    }
    return process.terminationStatus
  }
}
