/// Cuts a stream of bytes into messages: headers, an empty line, and as many bytes as
/// `Content-Length` says. Pieces may end anywhere.
struct MessageReader {
  enum Piece: Equatable {
    case message([UInt8])
    /// Headers without a usable length; the bytes up to the empty line are skipped.
    case malformed(String)
  }

  /// Longer ones are refused: no script is.
  static let maximumBytes = 16 << 20

  private var buffer: [UInt8] = []
  /// Bytes of a refused message that are still to come.
  private var skipped = 0

  mutating func receive(_ bytes: [UInt8]) -> [Piece] {
    buffer += bytes
    var pieces: [Piece] = []
    while let piece = next() { pieces.append(piece) }
    return pieces
  }

  private mutating func next() -> Piece? {
    if skipped > 0 {
      let count = min(skipped, buffer.count)
      buffer.removeFirst(count)
      skipped -= count
    }
    guard skipped == 0, let (headers, bodyStart) = headers() else {
      if buffer.count > 1 << 16 {
        buffer = []
        return .malformed("unterminated headers")
      }
      return nil
    }
    guard let length = Self.length(headers) else {
      buffer.removeFirst(bodyStart)
      return .malformed("missing or invalid Content-Length")
    }
    guard length <= Self.maximumBytes else {
      buffer.removeFirst(bodyStart)
      skipped = length
      return .malformed("message of \(length) bytes; at most \(Self.maximumBytes) are allowed")
    }
    guard buffer.count >= bodyStart + length else { return nil }
    let body = Array(buffer[bodyStart..<(bodyStart + length)])
    buffer.removeFirst(bodyStart + length)
    return .message(body)
  }

  /// The header lines, and where the body begins.
  private func headers() -> (lines: [String], body: Int)? {
    var start = 0
    var lines: [String] = []
    var index = 0
    while index + 1 < buffer.count {
      if buffer[index] == 0x0D, buffer[index + 1] == 0x0A {
        let line = String(decoding: buffer[start..<index], as: UTF8.self)
        index += 2
        start = index
        if line.isEmpty { return (lines, start) }
        lines.append(line)
      } else {
        index += 1
      }
    }
    return nil
  }

  private static func length(_ headers: [String]) -> Int? {
    for header in headers {
      let parts = header.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].lowercased() == "content-length" else { continue }
      let digits = parts[1].filter { $0 != " " }
      guard let length = Int(digits), length >= 0 else { return nil }
      return length
    }
    return nil
  }
}
