import Foundation

/// How names and values are written in a lock file, and read back.
enum LockField {
  /// A name between separators: `%`, `|`, `=` and control characters are escaped as `%XX`.
  static func name(_ text: String) -> String {
    escape(text) { $0 < 0x20 || $0 == 0x7F || "%|=".utf8.contains($0) }
  }

  /// A name as one word: spaces are escaped too, and the empty text is written as `-`.
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

  static func parseContent(_ text: ArraySlice<UInt8>) -> Lockfile.Content? {
    if let rest = rest(of: text, after: "text ") { return decode(rest).map { .text($0) } }
    let words = text.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard let middle = words.firstIndex(of: "bits"), words.count == 2 * middle + 1 else {
      return nil
    }
    let values = words[(middle + 1)...].compactMap {
      $0.utf8.count == 16 ? UInt64($0, radix: 16).map(Double.init(bitPattern:)) : nil
    }
    // The readable value must match the bits; otherwise one of them was edited.
    guard values.count == middle, zip(values, words).allSatisfy({ $0.description == $1 }) else {
      return nil
    }
    return .numbers(values)
  }

  /// Undoes ``name(_:)``; nil when an escape is broken.
  static func decode(_ text: ArraySlice<UInt8>) -> String? {
    var bytes: [UInt8] = []
    var rest = text
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

  /// Undoes ``word(_:)``.
  static func decodeWord(_ text: ArraySlice<UInt8>) -> String? {
    text.elementsEqual("-".utf8) ? "" : decode(text)
  }

  /// The first 16 digits of a key.
  static func key(_ text: ArraySlice<UInt8>) -> String? {
    let isKey =
      text.count == 16 && text.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    return isKey ? String(decoding: text, as: UTF8.self) : nil
  }

  static func rest(of line: ArraySlice<UInt8>, after prefix: String) -> ArraySlice<UInt8>? {
    line.starts(with: prefix.utf8) ? line.dropFirst(prefix.utf8.count) : nil
  }

  /// What stands before and after the first `separator`.
  static func cut(
    _ text: ArraySlice<UInt8>, at separator: String
  ) -> (before: ArraySlice<UInt8>, after: ArraySlice<UInt8>)? {
    let wanted = Array(separator.utf8)
    guard text.count >= wanted.count else { return nil }
    for start in text.startIndex...(text.endIndex - wanted.count)
    where text[start..<start + wanted.count].elementsEqual(wanted) {
      return (text[..<start], text[(start + wanted.count)...])
    }
    return nil
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
