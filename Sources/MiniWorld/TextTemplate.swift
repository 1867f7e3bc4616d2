/// A text with blanks: `the {shape} in {colour} {does}`.
public struct TextTemplate: Hashable, Sendable {
  enum Part: Hashable, Sendable {
    case text(String)
    case blank(String)
  }

  /// The template as it was written.
  public let source: String
  let parts: [Part]

  /// Returns nil if a brace is not closed.
  public init?(_ source: String) {
    var parts: [Part] = []
    var rest = source[...]
    while let open = rest.firstIndex(of: "{") {
      guard let close = rest[open...].firstIndex(of: "}") else { return nil }
      if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
      parts.append(.blank(String(rest[rest.index(after: open)..<close])))
      rest = rest[rest.index(after: close)...]
    }
    if !rest.isEmpty { parts.append(.text(String(rest))) }
    self.source = source
    self.parts = parts
  }

  /// Names of the blanks, in order.
  public var blanks: [String] {
    parts.compactMap { if case .blank(let name) = $0 { name } else { nil } }
  }

  /// The words outside the blanks.
  public var words: [String] {
    parts.flatMap { part -> [String] in
      if case .text(let text) = part { return text.split(separator: " ").map(String.init) }
      return []
    }
  }

  /// The text with all blanks filled in.
  /// - Precondition: `values` has a value for each of ``blanks``.
  public func filled(_ values: [String: String]) -> String { filling(values).text }

  /// The text with all blanks filled in, and where the values are.
  func filling(_ values: [String: String]) -> (text: String, spans: [(String, Range<Int>)]) {
    var text = ""
    var spans: [(String, Range<Int>)] = []
    for part in parts {
      switch part {
      case .text(let piece): text += piece
      case .blank(let name):
        guard let value = values[name] else {
          preconditionFailure("no value for the blank {\(name)} of \"\(source)\"")
        }
        let begin = text.utf8.count
        text += value
        spans.append((name, begin..<text.utf8.count))
      }
    }
    return (text, spans)
  }
}
