/// The text of one script, kept as UTF-8 bytes so that every offset is a byte offset.
///
/// Swift compares strings by canonical equivalence and reads `"\r\n"` as one character; the lexer
/// works on bytes to stay clear of both.
public final class SourceFile: Sendable {
  /// The name shown in messages, usually the path as the user wrote it.
  public let path: String
  public let bytes: [UInt8]
  /// Byte offset of the first byte of each line.
  private let lineStarts: [Int]
  private let columns: ColumnIndex

  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == 0x0A { starts.append(offset + 1) }
    lineStarts = starts
    columns = ColumnIndex(bytes)
  }

  public convenience init(path: String, text: String) {
    self.init(path: path, bytes: Array(text.utf8))
  }

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  public var lineCount: Int { lineStarts.count }

  /// Line and column of a byte offset, both counted from 1; columns count Unicode scalars.
  public func location(of offset: Int) -> SourceLocation {
    let line = lineIndex(of: offset)
    let start = lineStarts[line]
    let end = min(max(offset, start), bytes.count)
    let column = 1 + columns.scalars(bytes, from: start, to: end)
    return SourceLocation(line: line + 1, column: column)
  }

  /// The text of a line counted from 1, without its line ending.
  public func line(_ number: Int) -> String {
    guard number >= 1, number <= lineStarts.count else { return "" }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == 0x0D { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// The byte where a line counted from 1 begins; the end of the file behind the last line.
  public func offset(ofLine number: Int) -> Int {
    number > lineStarts.count ? bytes.count : lineStarts[max(0, number - 1)]
  }

  /// UTF-16 code units before a byte offset on its line, as editors count columns.
  public func units(before offset: Int) -> Int {
    let end = min(max(offset, 0), bytes.count)
    return columns.units(bytes, from: lineStarts[lineIndex(of: end)], to: end)
  }

  /// The part of a line around a place, and how many characters of it stand before the place. Short
  /// lines are given as a whole.
  func excerpt(around offset: Int, reach: Int) -> (text: String, before: Int) {
    let line = lineIndex(of: offset)
    var end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
    if end > lineStarts[line], bytes[end - 1] == 0x0D { end -= 1 }
    let place = min(max(offset, lineStarts[line]), end)
    var start = max(lineStarts[line], place - reach)
    while start > lineStarts[line], bytes[start] & 0xC0 == 0x80 { start -= 1 }
    end = min(end, place + reach)
    while end < bytes.count, end > place, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return (
      String(decoding: bytes[start..<end], as: UTF8.self),
      columns.scalars(bytes, from: start, to: place)
    )
  }

  /// The text between two byte offsets.
  public func text(from start: Int, to end: Int) -> String {
    let lower = min(max(start, 0), bytes.count)
    return String(decoding: bytes[lower..<min(max(end, lower), bytes.count)], as: UTF8.self)
  }

  private func lineIndex(of offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low
  }
}

/// A place in a file, counted from 1.
public struct SourceLocation: Sendable, Hashable, CustomStringConvertible {
  public let line: Int
  public let column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public var description: String { "\(line):\(column)" }
}

/// A run of bytes `start..<end` in one file.
public struct SourceSpan: Sendable, CustomStringConvertible {
  public let file: SourceFile
  public let start: Int
  public let end: Int

  public init(file: SourceFile, start: Int, end: Int) {
    self.file = file
    self.start = start
    self.end = max(start, end)
  }

  public var text: String { file.text(from: start, to: end) }
  public var location: SourceLocation { file.location(of: start) }
  public var endLocation: SourceLocation { file.location(of: end) }

  /// The smallest span that covers both; both are in the same file.
  public func joined(_ other: SourceSpan) -> SourceSpan {
    SourceSpan(file: file, start: min(start, other.start), end: max(end, other.end))
  }

  /// `table5.me:7:12`, the form editors and terminals make into a link.
  public var description: String { "\(file.path):\(location)" }
}

extension SourceSpan: Hashable {
  public static func == (left: SourceSpan, right: SourceSpan) -> Bool {
    left.file === right.file && left.start == right.start && left.end == right.end
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(ObjectIdentifier(file))
    hasher.combine(start)
    hasher.combine(end)
  }
}
