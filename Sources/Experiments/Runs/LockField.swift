import Foundation

/// How names and values are written in a lock file, and read back.
enum LockField {
  /// A name between separators: `%`, `|`, `=` and control characters are escaped as `%XX`.
  static func name(_ text: String) -> String {
    escape(text) { $0 < 0x20 || $0 == 0x7F || "%|=".utf8.contains($0) }
  }

  /// A name that stands as one word: spaces are escaped too, and nothing is written as `-`.
  static func word(_ text: String) -> String {
    if text.isEmpty { return "-" }
    if text == "-" { return "%2D" }
    return escape(text) { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "%") }
  }

  /// The readable values, then their bits, which decide.
  static func content(_ content: Lockfile.Content) -> String {
    switch content {
    case .text(let text): return "text " + name(text)
    case .numbers(let values):
      let bits = values.map { value in
        let digits = String(value.bitPattern, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
      }
      return (values.map(\.description) + ["bits"] + bits).joined(separator: " ")
    }
  }

  static func parseContent(_ text: Substring) -> Lockfile.Content? {
    if let rest = rest(of: text, after: "text ") { return decode(rest).map { .text($0) } }
    let words = text.split(separator: " ")
    guard let middle = words.firstIndex(of: "bits"), words.count == 2 * middle + 1 else {
      return nil
    }
    let values = words[(middle + 1)...].compactMap {
      $0.utf8.count == 16 ? UInt64($0, radix: 16).map(Double.init(bitPattern:)) : nil
    }
    // The readable value must be the one the bits stand for, or someone edited one of them.
    guard values.count == middle, zip(values, words).allSatisfy({ $0.description == $1 }) else {
      return nil
    }
    return .numbers(values)
  }

  /// Undoes ``name(_:)`` and ``word(_:)``; nil when an escape is broken.
  static func decode(_ text: Substring) -> String? {
    if text == "-" { return "" }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  static func rest(of line: Substring, after prefix: String) -> Substring? {
    line.hasPrefix(prefix) ? line.dropFirst(prefix.count) : nil
  }

  private static func escape(_ text: String, _ special: (UInt8) -> Bool) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if special(byte) {
        bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
