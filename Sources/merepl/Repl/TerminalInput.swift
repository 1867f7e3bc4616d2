import CReadline
import Experiments
import Foundation
import Reporting
import Synchronization

/// Standard input of the prompt: bytes for readline, and the terminal's replies to questions.
///
/// Readline's callbacks carry no context, hence one state for the process; everything here runs on
/// the thread that reads the prompt.
enum TerminalInput {
  /// How long a terminal has to answer. Those that do not are not asked again.
  private static let patience: Int32 = 200

  nonisolated(unsafe) private static var reply = TerminalReply()
  nonisolated(unsafe) private static var wasAsked = false
  /// Typed while a reply was waited for.
  nonisolated(unsafe) private static var pending: [UInt8] = []

  // MARK: Questions

  /// The size of a character where the terminal draws sixel pictures, else nil. The first call asks
  /// the terminal.
  static var sixelCell: TerminalStyle.Cell? {
    if !wasAsked { ask() }
    guard reply.drawsSixel else { return nil }
    return reply.cell ?? cellFromWindow ?? TerminalStyle.Cell(width: 10, height: 20)
  }

  private static var cellFromWindow: TerminalStyle.Cell? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0,
      size.ws_xpixel >= size.ws_col, size.ws_ypixel >= size.ws_row
    else { return nil }
    return TerminalStyle.Cell(
      width: Int(size.ws_xpixel / size.ws_col), height: Int(size.ws_ypixel / size.ws_row))
  }

  private static func ask() {
    wasAsked = true
    var settings = termios()
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1,
      tcgetpgrp(STDIN_FILENO) == getpgrp(), tcgetattr(STDIN_FILENO, &settings) == 0
    else { return }
    var raw = settings
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    guard tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0 else { return }
    defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &settings) }
    print("\u{1B}[16t\u{1B}[c", terminator: "")
    fflush(nil)
    let deadline = ContinuousClock.now + .milliseconds(Int(patience))
    while reply.abilities == nil, ContinuousClock.now < deadline, !Cancellation.isRequested {
      guard let byte = byte(within: 20) else { continue }
      reply.take(byte)
    }
    // A reply may still come, in the middle of what is typed next; `read` looks out for it.
    pending += reply.takeTyped()
  }

  private static var awaitsReply: Bool { wasAsked && reply.abilities == nil }

  // MARK: Stopping and going on

  private static let wentOn = Atomic<Bool>(false)

  /// Takes note of SIGCONT, after which the shell's own output stands where the line was.
  static func watchForContinuation() {
    // The first use of a lazy global takes a lock, which a handler must not do.
    wentOn.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      TerminalInput.wentOn.store(true, ordering: .relaxed)
    }
    sigaction(SIGCONT, &action, nil)
  }

  /// Forgets a stop that happened while no line was edited.
  static func beginLine() { wentOn.store(false, ordering: .relaxed) }

  // MARK: Bytes

  /// Whether a signal is about to end a search of the history. Readline forgets which lines it drew
  /// before it hands the signal on.
  private static var stopsSearch: Bool {
    CReadline_isSearching() != 0 && [SIGINT, SIGTERM].contains(rl_pending_signal())
  }

  /// Waits for a byte. A signal ends the line: readline first restores the terminal and calls the
  /// program's handler, then takes the line break given here.
  ///
  /// `poll` comes before `read` because it ends at every signal, a change of the window's size
  /// among them; its time limit covers a signal that arrives just before it.
  static func read() -> CInt {
    while true {
      if !pending.isEmpty { return CInt(pending.removeFirst()) }
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let ready = poll(&input, 1, 1000)
      if stopsSearch { rl_clear_visible_line() }
      rl_check_signals()
      if wentOn.exchange(false, ordering: .relaxed) {
        rl_resize_terminal()
        rl_forced_update_display()
      }
      if Cancellation.isRequested {
        if CReadline_isSearching() != 0 {
          // A search is given up by its own key, on the line that the terminal has gone on to; a
          // line break would take what was found.
          rl_on_new_line()
          return CInt(UInt8(ascii: "G") & 0x1F)
        }
        rl_replace_line("", 0)
        return CInt(UInt8(ascii: "\n"))
      }
      guard ready > 0 else { continue }
      var byte: UInt8 = 0
      let count = Glibc.read(STDIN_FILENO, &byte, 1)
      if count == 1 {
        guard awaitsReply, byte == 0x1B else { return CInt(byte) }
        sort(byte)
      } else if count == 0 || errno != EINTR {
        return EOF
      }
    }
  }

  /// An escape while a reply is due: the reply, or a key.
  private static func sort(_ escape: UInt8) {
    reply.take(escape)
    while reply.isUndecided {
      if let byte = byte(within: 30) { reply.take(byte) } else { reply.giveUp() }
    }
    pending += reply.takeTyped()
  }

  private static func byte(within milliseconds: Int32) -> UInt8? {
    var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
    var byte: UInt8 = 0
    guard poll(&input, 1, milliseconds) > 0, Glibc.read(STDIN_FILENO, &byte, 1) == 1 else {
      return nil
    }
    return byte
  }
}
