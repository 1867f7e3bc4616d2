import Diagnostics

extension CoreLibrary {
  func format() throws -> Value {
    let value = try arguments.float("value")
    let text = DecimalText.fixed(value, digits: try arguments.int("digits"))
    let padding = max(0, try arguments.int("width") - text.utf8.count)
    return .string(String(repeating: " ", count: padding) + text)
  }

  func join() throws -> Value {
    let separator = try arguments.string("separator")
    let elements = try elements("list")
    var text = ""
    for (index, element) in elements.enumerated() {
      if index > 0 { text += separator }
      text += try self.text(of: element, behind: text.utf8.count)
    }
    return .string(text)
  }

  func split() throws -> Value {
    let text = try arguments.string("text")
    let separator = Array(try arguments.string("separator").utf8)
    guard !separator.isEmpty else { throw arguments.failure("separator", "is empty") }
    let bytes = Array(text.utf8)
    try meter.charge(bytes.count + separator.count)
    let search = ByteSearch(separator)
    var pieces: [Value] = []
    var start = 0
    while let end = search.first(in: bytes, from: start) {
      pieces.append(.string(String(decoding: bytes[start..<end], as: UTF8.self)))
      start = end + separator.count
      try meter.requireCount(pieces.count + 1)
    }
    pieces.append(.string(String(decoding: bytes[start...], as: UTF8.self)))
    // A string of its own for each piece.
    try meter.take(pieces.count, times: 32)
    return .list(of: pieces)
  }

  func print() throws -> Value {
    try interpreter.host.write(try text(of: arguments["value"]))
    return .none
  }
}

/// Decimal forms of floats, decided on the shortest digits that read back as the number, so that
/// what is printed and what is rounded agree.
enum DecimalText {
  /// The number with exactly so many decimals; halves go to the even neighbour.
  static func fixed(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    var (figures, point) = shortest(value.magnitude)
    let kept = point + digits
    if kept < 0 {
      figures = []
    } else if kept < figures.count {
      let isUp = roundsUp(figures, at: kept)
      figures.removeLast(figures.count - kept)
      if isUp, increment(&figures) { point += 1 }
    }
    while figures.count < point + digits { figures.append(0) }
    let whole = point > 0 ? figures.prefix(point) : [0]
    let zeros = [UInt8](repeating: 0, count: point < 0 ? min(-point, digits) : 0)
    let fraction = (zeros + figures.dropFirst(max(0, point))).prefix(digits)
    let isZero = figures.allSatisfy { $0 == 0 }
    let sign = value.sign == .minus && !isZero ? "-" : ""
    let text = whole.map(String.init).joined()
    let filled = fraction + [UInt8](repeating: 0, count: digits - fraction.count)
    return sign + text + (digits > 0 ? "." + filled.map(String.init).joined() : "")
  }

  /// The significant figures and the number of them before the decimal point.
  private static func shortest(_ value: Double) -> (figures: [UInt8], point: Int) {
    var figures: [UInt8] = []
    var point: Int?
    var exponent = 0
    let text = Array(String(value).utf8)
    for (index, byte) in text.enumerated() {
      if byte == UInt8(ascii: ".") {
        point = figures.count
      } else if byte == UInt8(ascii: "e") {
        exponent = Int(String(decoding: text[(index + 1)...], as: UTF8.self)) ?? 0
        break
      } else {
        figures.append(byte - UInt8(ascii: "0"))
      }
    }
    var place = (point ?? figures.count) + exponent
    while figures.first == 0 {
      figures.removeFirst()
      place -= 1
    }
    return (figures, figures.isEmpty ? 0 : place)
  }

  private static func roundsUp(_ figures: [UInt8], at place: Int) -> Bool {
    if figures[place] != 5 { return figures[place] > 5 }
    if figures[(place + 1)...].contains(where: { $0 != 0 }) { return true }
    return place > 0 && figures[place - 1] % 2 == 1
  }

  /// Adds one in the last place; true when a figure was added in front.
  private static func increment(_ figures: inout [UInt8]) -> Bool {
    for index in figures.indices.reversed() {
      if figures[index] < 9 {
        figures[index] += 1
        return false
      }
      figures[index] = 0
    }
    figures.insert(1, at: 0)
    return true
  }
}
