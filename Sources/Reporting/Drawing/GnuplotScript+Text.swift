/// Texts on their way to gnuplot. All of it goes by bytes and scalars: to Swift, an apostrophe with
/// an accent behind it is one character, and no apostrophe.
extension GnuplotScript {
  private static let apostrophe = UInt8(ascii: "'")

  /// A text in quotes, inside which gnuplot expands nothing.
  ///
  /// In single quotes a doubled apostrophe stands for one, but neither at the beginning of a text
  /// nor behind another one; such texts stand in double quotes, with the signs that mean
  /// something there by their octal codes.
  static func quoted(_ text: String) -> String {
    let bytes = Array(clean(text).utf8)
    let isDoubled = zip(bytes, bytes.dropFirst()).contains { $0 == apostrophe && $1 == apostrophe }
    var quoted: [UInt8] = []
    guard bytes.first == apostrophe || isDoubled else {
      quoted.append(apostrophe)
      for byte in bytes {
        if byte == apostrophe { quoted.append(apostrophe) }
        quoted.append(byte)
      }
      quoted.append(apostrophe)
      return String(decoding: quoted, as: UTF8.self)
    }
    quoted.append(UInt8(ascii: "\""))
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""): quoted += "\\042".utf8
      case apostrophe: quoted += "\\047".utf8
      case UInt8(ascii: "\\"): quoted += "\\134".utf8
      case UInt8(ascii: "`"): quoted += "\\140".utf8
      default: quoted.append(byte)
      }
    }
    quoted.append(UInt8(ascii: "\""))
    return String(decoding: quoted, as: UTF8.self)
  }

  /// A text at a tick, where gnuplot takes `%` for a format.
  static func tickName(_ text: String) -> String {
    let doubled = text.utf8.flatMap { $0 == UInt8(ascii: "%") ? [$0, $0] : [$0] }
    return quoted(String(decoding: doubled, as: UTF8.self))
  }

  /// A text on one line, in characters that can be drawn and that XML allows: ends of lines and
  /// tabs become spaces, other control characters and noncharacters U+FFFD.
  static func clean(_ text: String) -> String {
    var clean = String.UnicodeScalarView()
    var last: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where last == "\r": break
      case "\n", "\r", "\t", "\u{2028}", "\u{2029}": clean.append(" ")
      default: clean.append(isDrawable(scalar) ? scalar : "\u{FFFD}")
      }
      last = scalar
    }
    return String(clean)
  }

  private static func isDrawable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0xFDD0...0xFDEF: false
    default: scalar.value & 0xFFFE != 0xFFFE
    }
  }
}

extension GnuplotScript {
  /// The letters of its texts that no font of the system has.
  var missingLetters: Set<Unicode.Scalar> {
    var letters: Set<Unicode.Scalar> = []
    for case .command(let text) in items {
      letters.formUnion(text.unicodeScalars.lazy.filter { !$0.isASCII })
    }
    return letters.isEmpty ? [] : InstalledFonts.system?.lacking(letters) ?? []
  }

  /// The same with U+FFFD in place of some letters: where no font has a letter, gnuplot's png
  /// paints a black block over the figure.
  func replacing(_ missing: Set<Unicode.Scalar>) -> GnuplotScript {
    guard !missing.isEmpty else { return self }
    let mark: Unicode.Scalar = missing.contains("\u{FFFD}") ? "?" : "\u{FFFD}"
    var script = GnuplotScript()
    for item in items {
      guard case .command(let text) = item else {
        script.append(item)
        continue
      }
      let shown = text.unicodeScalars.map { missing.contains($0) ? mark : $0 }
      script.command(String(String.UnicodeScalarView(shown)))
    }
    return script
  }
}
