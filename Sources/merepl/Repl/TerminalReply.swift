import Reporting

/// Picks a terminal's replies out of what arrives on standard input; the rest was typed.
///
/// The replies are those to `ESC [ 16 t` (the size of a character: `ESC [ 6 ; height ; width t`)
/// and `ESC [ c` (what the terminal can do: `ESC [ ? number ; ... c`, 4 for sixel pictures).
struct TerminalReply {
  private(set) var cell: TerminalStyle.Cell?
  /// Nil until the reply has come.
  private(set) var abilities: [Int]?
  private var typed: [UInt8] = []
  private var sequence: [UInt8] = []

  var drawsSixel: Bool { abilities?.contains(4) == true }

  /// Whether a sequence has begun that may still become a reply.
  var isUndecided: Bool { !sequence.isEmpty }

  mutating func take(_ byte: UInt8) {
    guard isUndecided || byte == 0x1B else { return typed.append(byte) }
    sequence.append(byte)
    switch (sequence.count, byte) {
    case (1, _), (2, UInt8(ascii: "[")): return
    case (3..., UInt8(ascii: "0")...UInt8(ascii: "9")), (3..., UInt8(ascii: ";")),
      (3, UInt8(ascii: "?")):
      if sequence.count > 80 { giveUp() }
    case (3..., UInt8(ascii: "c")) where sequence[2] == UInt8(ascii: "?"):
      abilities = numbers(after: 3)
      sequence = []
    case (3..., UInt8(ascii: "t")):
      let numbers = numbers(after: 2)
      guard numbers.count == 3, numbers[0] == 6, numbers[1] > 0, numbers[2] > 0 else {
        return giveUp()
      }
      cell = TerminalStyle.Cell(width: numbers[2], height: numbers[1])
      sequence = []
    default: giveUp()
    }
  }

  /// Counts an unfinished sequence as typed.
  mutating func giveUp() {
    typed += sequence
    sequence = []
  }

  /// What was typed so far; forgets it.
  mutating func takeTyped() -> [UInt8] {
    defer { typed = [] }
    return typed
  }

  private func numbers(after start: Int) -> [Int] {
    String(decoding: sequence[start...].dropLast(), as: UTF8.self).split(separator: ";")
      .compactMap { Int($0) }
  }
}
