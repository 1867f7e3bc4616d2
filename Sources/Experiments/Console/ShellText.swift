/// Quotes words for a shell.
public enum ShellText {
  /// The word as it is where that is safe, else in single quotes.
  public static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch UInt8(byte) {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-_./=,:@%+".utf8.contains(byte)
      }
    }
    if isPlain, !word.isEmpty { return word }
    // What a terminal acts on travels in a form that shells understand.
    if TerminalText.clean(word) != word || word.contains("\n") || word.contains("\t") {
      return "$'" + word.utf8.map(escaped).joined() + "'"
    }
    return "'" + word.replacing("'", with: "'\\''") + "'"
  }

  /// A byte inside `$'...'`.
  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "'"), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
    case 0x20..<0x7F: String(UnicodeScalar(byte))
    default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
  }
}
