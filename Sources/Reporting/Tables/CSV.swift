/// Comma-separated values as RFC 4180 has them.
public enum CSV {
  /// The records of a text; quoted fields may hold commas, quotes and line ends.
  /// - Throws: ``CSVError`` for a quote that is not closed or stands in the middle of a field
  public static func records(_ text: String, source: String = "<csv>") throws(CSVError)
    -> [[String]]
  {
    var reader = Reader(bytes: Array(text.utf8), source: source)
    return try reader.records()
  }

  /// Records as text, each ended by a newline; quotes only where they are needed.
  public static func text(_ records: [[String]]) -> String {
    records.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    let special = text.utf8.contains { ",\"\r\n".utf8.contains($0) }
    return special ? "\"\(text.replacingScalars { $0 == "\"" ? "\"\"" : nil })\"" : text
  }

  private struct Reader {
    let bytes: [UInt8]
    let source: String
    var at = 0
    var line = 1

    mutating func records() throws(CSVError) -> [[String]] {
      var result: [[String]] = []
      var record: [String] = []
      while at < bytes.count {
        record.append(try field())
        if at < bytes.count, bytes[at] == UInt8(ascii: ",") {
          at += 1
          if at < bytes.count { continue }
          record.append("")
        } else {
          skipLineEnd()
        }
        result.append(record)
        record = []
      }
      return result
    }

    private mutating func skipLineEnd() {
      if at < bytes.count, bytes[at] == UInt8(ascii: "\r") { at += 1 }
      if at < bytes.count, bytes[at] == UInt8(ascii: "\n") { at += 1 }
      line += 1
    }

    private mutating func field() throws(CSVError) -> String {
      if bytes[at] == UInt8(ascii: "\"") { return try quotedField() }
      let begin = at
      while at < bytes.count, !",\r\n".utf8.contains(bytes[at]) {
        if bytes[at] == UInt8(ascii: "\"") { throw CSVError(source: source, line: line) }
        at += 1
      }
      return String(decoding: bytes[begin..<at], as: UTF8.self)
    }

    private mutating func quotedField() throws(CSVError) -> String {
      let opened = line
      var content: [UInt8] = []
      at += 1
      while at < bytes.count {
        let byte = bytes[at]
        at += 1
        if byte == UInt8(ascii: "\"") {
          guard at < bytes.count, bytes[at] == byte else {
            let ended = at == bytes.count || ",\r\n".utf8.contains(bytes[at])
            guard ended else { throw CSVError(source: source, line: line) }
            return String(decoding: content, as: UTF8.self)
          }
          at += 1
        }
        if byte == UInt8(ascii: "\n") { line += 1 }
        content.append(byte)
      }
      throw CSVError(source: source, line: opened)
    }
  }
}

/// A text that is not comma-separated values.
public struct CSVError: Error, Hashable, Sendable, CustomStringConvertible {
  public let source: String
  public let line: Int

  public var description: String {
    "\(source):\(line): unclosed quote, or a quote inside an unquoted field"
  }
}
