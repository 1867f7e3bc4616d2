/// Checks the tokens of a text before json-c sees it, and copies them to a buffer of its own.
///
/// json-c is a good judge of structure, but even in strict mode it lets through control
/// characters in strings and numbers that JSON forbids, clamps integers beyond 64 bits without
/// a word, cuts a key at `\u0000`, and loses some characters written as surrogate pairs (those
/// like U+1D9BE whose lower half looks like a surrogate). Here each token is held to RFC 8259.
/// Integers beyond `Int` are copied with `.0` appended, so that json-c reads doubles; `\u0000`
/// is copied as a stand-in character that the text does not otherwise contain, and a surrogate
/// pair as the character itself.
struct JSONLexicalCheck {
  /// A broken rule and the byte where it was noticed.
  struct Violation: Error {
    var offset: Int
    var reason: String
  }

  /// The text as json-c shall read it, ended by a zero byte.
  private(set) var copy: [UInt8] = []
  /// The character that stands for U+0000 in `copy`, if there is one.
  private(set) var nullStandIn: Unicode.Scalar?

  private let bytes: UnsafeBufferPointer<UInt8>
  private let depthLimit: Int
  private var depth = 0
  private var position = 0
  /// From each of these places in `copy` on, the original is so many bytes further on.
  private var shifts: [(copyStart: Int, shift: Int)] = []

  init(_ bytes: UnsafeBufferPointer<UInt8>, depthLimit: Int) throws(Violation) {
    self.bytes = bytes
    self.depthLimit = depthLimit
    copy.reserveCapacity(bytes.count + 1)
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {  // a byte order mark is ignored
      position = 3
      recordShift()
    }
    while position < bytes.count { try token() }
    copy.append(0)
  }

  /// The place in the original text of a place in `copy`.
  func originalOffset(_ offset: Int) -> Int {
    let shift = shifts.last { $0.copyStart <= offset }?.shift ?? 0
    return min(offset + shift, bytes.count)
  }

  private mutating func recordShift() {
    shifts.append((copy.count, position - copy.count))
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func token() throws(Violation) {
    let byte = bytes[position]
    switch byte {
    case UInt8(ascii: "\""):
      try string()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      try number()
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
      try word()
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      depth += 1
      if depth > depthLimit {
        throw Violation(offset: position, reason: "nested more than \(depthLimit) levels deep")
      }
      copyByte()
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      depth -= 1
      copyByte()
    case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ":"), UInt8(ascii: ","):
      copyByte()
    default:
      throw Violation(offset: position, reason: "unexpected character")
    }
  }

  private mutating func copyByte() {
    copy.append(bytes[position])
    position += 1
  }

  private mutating func word() throws(Violation) {
    let start = position
    while let byte = current, Self.isLetter(byte) || Self.isDigit(byte) { position += 1 }
    let word = bytes[start..<position]
    guard ["true", "false", "null"].contains(where: { word.elementsEqual($0.utf8) }) else {
      let text = String(decoding: word.prefix(20), as: UTF8.self)
      throw Violation(offset: start, reason: "\"\(text)\" is not true, false, null or a number")
    }
    copy.append(contentsOf: word)
  }

  private mutating func number() throws(Violation) {
    let start = position
    if current == UInt8(ascii: "-") { position += 1 }
    let firstDigit = position
    try digits()
    if bytes[firstDigit] == UInt8(ascii: "0"), position > firstDigit + 1 {
      throw Violation(offset: firstDigit, reason: "a number must not start with 0")
    }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    if let byte = current, Self.isLetter(byte) || byte == UInt8(ascii: ".") {
      throw Violation(offset: position, reason: "unexpected character after a number")
    }
    copy.append(contentsOf: bytes[start..<position])
    let mayOverflow = isInteger && position - firstDigit >= 19
    if mayOverflow, Int(String(decoding: bytes[start..<position], as: UTF8.self)) == nil {
      copy.append(contentsOf: ".0".utf8)
      recordShift()
    }
  }

  private mutating func digits() throws(Violation) {
    guard let byte = current, Self.isDigit(byte) else {
      throw Violation(offset: position, reason: "expected a digit")
    }
    while let byte = current, Self.isDigit(byte) { position += 1 }
  }

  private mutating func string() throws(Violation) {
    let start = position
    copyByte()
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        copyByte()
        return
      case UInt8(ascii: "\\"):
        try escape()
      case 0..<0x20:
        throw Violation(offset: position, reason: "unescaped control character in a string")
      default:
        copyByte()
      }
    }
    throw Violation(offset: start, reason: "unterminated string")
  }

  private mutating func escape() throws(Violation) {
    let start = position
    position += 1
    guard let byte = current, "\"\\/bfnrtu".utf8.contains(byte) else {
      throw Violation(offset: start, reason: "unknown escape in a string")
    }
    position += 1
    guard byte == UInt8(ascii: "u") else {
      copy.append(contentsOf: bytes[start..<position])
      return
    }
    let unit = try codeUnit(start)
    if unit == 0 {
      try appendNull(at: start)
    } else if let low = try lowSurrogate(after: unit),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    {
      copy.append(contentsOf: String(Character(scalar)).utf8)
      recordShift()
    } else {
      copy.append(contentsOf: bytes[start..<position])
    }
  }

  /// The four hexadecimal digits at this place.
  private mutating func codeUnit(_ escapeStart: Int) throws(Violation) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = current, let value = Character(Unicode.Scalar(digit)).hexDigitValue else {
        throw Violation(offset: escapeStart, reason: "\\u needs four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(value)
      position += 1
    }
    return unit
  }

  /// The second half of a surrogate pair, if `unit` is the first half and the second follows.
  private mutating func lowSurrogate(after unit: UInt32) throws(Violation) -> UInt32? {
    let start = position
    guard 0xD800...0xDBFF ~= unit, bytes[start...].starts(with: "\\u".utf8) else { return nil }
    position += 2
    let low = try codeUnit(start)
    if 0xDC00...0xDFFF ~= low { return low }
    position = start
    return nil
  }

  /// Copies the escape `\u0000` as the escape of the stand-in, which is chosen at the first use.
  private mutating func appendNull(at offset: Int) throws(Violation) {
    if nullStandIn == nil {
      let text = String(decoding: bytes, as: UTF8.self).lowercased()
      let noncharacters = (UInt32(0xFDD0)...0xFDEF).compactMap(Unicode.Scalar.init)
      nullStandIn = noncharacters.first { scalar in
        !text.unicodeScalars.contains(scalar)
          && !text.contains("\\u" + String(scalar.value, radix: 16))
      }
    }
    guard let nullStandIn else {
      throw Violation(offset: offset, reason: "\\u0000 together with every Unicode noncharacter")
    }
    copy.append(contentsOf: "\\u\(String(nullStandIn.value, radix: 16))".utf8)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
  }
}
