/// Cleans text from files and scripts for the terminal, where control characters could change
/// titles and colours, type into the shell, or hide lines.
public enum TerminalText {
  /// The text with every control character except tabs and line ends escaped, as `\u{1b}`, and also
  /// the marks that change the direction of writing.
  public static func clean(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    var clean = ""
    for scalar in text.unicodeScalars {
      if isUnsafe(scalar) {
        clean += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        clean.unicodeScalars.append(scalar)
      }
    }
    return clean
  }

  /// The text with only those control sequences that merepl writes itself: colours and sixel
  /// pictures. Neither moves the cursor, triggers a reply or changes the terminal's state.
  public static func cleanKeepingStyle(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
    let scalars = Array(text.unicodeScalars)
    var clean = String.UnicodeScalarView()
    var at = 0
    while at < scalars.count {
      if scalars[at] == "\u{1B}", let end = colourEnd(scalars, at) ?? pictureEnd(scalars, at) {
        clean.append(contentsOf: scalars[at..<end])
        at = end
        continue
      }
      if isUnsafe(scalars[at]) {
        clean.append(contentsOf: "\\u{\(String(scalars[at].value, radix: 16))}".unicodeScalars)
      } else {
        clean.append(scalars[at])
      }
      at += 1
    }
    return String(clean)
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// The end of `ESC [ numbers m`.
  private static func colourEnd(_ text: [Unicode.Scalar], _ start: Int) -> Int? {
    guard start + 1 < text.count, text[start + 1] == "[" else { return nil }
    var at = start + 2
    while at < text.count, at < start + 40, "0123456789;:".unicodeScalars.contains(text[at]) {
      at += 1
    }
    return at < text.count && text[at] == "m" ? at + 1 : nil
  }

  /// The end of `ESC P numbers q picture ESC \`.
  private static func pictureEnd(_ text: [Unicode.Scalar], _ start: Int) -> Int? {
    guard start + 1 < text.count, text[start + 1] == "P" else { return nil }
    var at = start + 2
    while at < text.count, "0123456789;".unicodeScalars.contains(text[at]) { at += 1 }
    guard at < text.count, text[at] == "q" else { return nil }
    while at < text.count, text[at] != "\u{1B}" {
      guard (0x20..<0x7F).contains(text[at].value) || text[at] == "\n" || text[at] == "\r"
      else { return nil }
      at += 1
    }
    return at + 1 < text.count && text[at + 1] == "\\" ? at + 2 : nil
  }
}
