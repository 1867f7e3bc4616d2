import Canonical
import Foundation

/// A lock as text. What is read must be byte for byte what would be written: one spelling, one
/// order, each place once. So people and programs read the same thing.
extension Lockfile {
  static let firstLine = "merepl lock 2"
  private static let arithmeticWord = "arithmetic "

  /// The lines in byte order, which no locale changes.
  public var text: String {
    var lines = results.map { result in
      let label = LockField.word(result.label)
      return "result \(LockField.word(result.command)) \(label) \(result.key) \(result.content)"
    }
    for (place, content) in cells { lines.append(Self.line(place, content)) }
    // The first arithmetic has no line.
    if arithmetic > 1 { lines.append("\(Self.arithmeticWord)\(arithmetic)") }
    lines.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return ([Self.firstLine] + lines).joined(separator: "\n") + "\n"
  }

  private static func line(_ place: Place, _ content: Content) -> String {
    switch place.kind {
    case .cell:
      let name = [place.table, place.row, place.column].map(LockField.name)
      return "cell \(name.joined(separator: " | ")) = \(LockField.content(content))"
    case .claim, .checkpoint:
      return "\(place.kind.rawValue) \(LockField.name(place.row)) = \(LockField.content(content))"
    }
  }

  /// - Throws: ``StoreError/malformed(file:line:reason:)`` with the first line that is not a lock's
  public init(parsing text: String, source: String = "<lock>") throws(StoreError) {
    try self.init(parsing: Array(text.utf8), source: source)
  }

  /// Lines may all end in CR LF, as some checkouts have it.
  init(parsing bytes: [UInt8], source: String) throws(StoreError) {
    self.init()
    arithmetic = 1
    let lines = Self.lines(bytes)
    guard lines.first == ArraySlice(Self.firstLine.utf8) else {
      let isOlder = lines.first == ArraySlice("merepl lock 1".utf8)
      throw .malformed(
        file: source, line: 1,
        reason: isOlder
          ? "lock format 1 is no longer supported; run the script again"
          : "not a lock file: the first line must be '\(Self.firstLine)'")
    }
    for (index, line) in lines.enumerated().dropFirst() {
      guard parse(line) else { throw Self.malformed(line, index, source, "not a valid lock line") }
    }
    // Only the canonical form is accepted.
    for (index, line) in Self.lines(Array(self.text.utf8)).enumerated()
    where index >= lines.count || lines[index] != line {
      let found = index < lines.count ? lines[index] : []
      throw Self.malformed(
        found, min(index, lines.count), source,
        "duplicate, out of order or edited line")
    }
    let count = 1 + results.count + cells.count + (arithmetic > 1 ? 1 : 0)
    guard lines.count == count, bytes.last == Self.lineEnd else {
      throw Self.malformed([], lines.count, source, "truncated or edited")
    }
  }

  private static let lineEnd = UInt8(ascii: "\n")

  /// Without their ends.
  private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines = bytes.split(separator: lineEnd, omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    let carriageReturn = UInt8(ascii: "\r")
    // All or none: a CR at the end of one line alone is no line end.
    if lines.allSatisfy({ $0.last == carriageReturn }) { lines = lines.map { $0.dropLast() } }
    return lines
  }

  private static func malformed(
    _ line: ArraySlice<UInt8>, _ index: Int, _ source: String, _ reason: String
  ) -> StoreError {
    let shown = String(decoding: line.prefix(80), as: UTF8.self).filter { $0 >= " " }
    return .malformed(
      file: source, line: index + 1,
      reason: "\(reason): '\(shown)'; restore the file, or delete it and run the script again")
  }

  private mutating func parse(_ line: ArraySlice<UInt8>) -> Bool {
    if let rest = LockField.rest(of: line, after: Self.arithmeticWord) {
      guard let number = Int(String(decoding: rest, as: UTF8.self)), number > 1, arithmetic == 1
      else { return false }
      arithmetic = number
      return true
    }
    if let rest = LockField.rest(of: line, after: "result ") {
      let words = rest.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard words.count == 4, let command = LockField.decodeWord(words[0]),
        let label = LockField.decodeWord(words[1]), let key = LockField.key(words[2]),
        let content = ContentHash(hex: String(decoding: words[3], as: UTF8.self))
      else { return false }
      add(Result(command: command, label: label, key16: key, content: content))
      return true
    }
    for kind in Place.Kind.allCases {
      guard let rest = LockField.rest(of: line, after: kind.rawValue + " ") else { continue }
      return parse(rest, kind)
    }
    return false
  }

  private mutating func parse(_ line: ArraySlice<UInt8>, _ kind: Place.Kind) -> Bool {
    guard let (name, value) = LockField.cut(line, at: " = "),
      let content = LockField.parseContent(value)
    else { return false }
    var parts: [String] = []
    var rest = name
    while let (part, after) = LockField.cut(rest, at: " | ") {
      guard let text = LockField.decode(part) else { return false }
      parts.append(text)
      rest = after
    }
    guard let last = LockField.decode(rest) else { return false }
    parts.append(last)
    let place: Place
    switch (kind, parts.count) {
    case (.cell, 3): place = Place(table: parts[0], row: parts[1], column: parts[2])
    case (.claim, 1): place = .claim(parts[0])
    case (.checkpoint, 1): place = .checkpoint(parts[0])
    default: return false
    }
    return cells.updateValue(content, forKey: place) == nil
  }
}
