extension Lockfile {
  static let firstLine = "merepl lock 1"

  /// The lines in byte order, which no locale changes.
  public var text: String {
    var lines = results.map { result in
      let label = LockField.word(result.label)
      return "result \(LockField.word(result.command)) \(label) \(result.key) \(result.content)"
    }
    for (place, content) in cells {
      let name = [place.table, place.row, place.column].map(LockField.name)
      lines.append("cell \(name.joined(separator: " | ")) = \(LockField.content(content))")
    }
    lines.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    return ([Self.firstLine] + lines).joined(separator: "\n") + "\n"
  }

  public init(parsing text: String, source: String = "<lock>") throws(StoreError) {
    self.init()
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    guard let first = lines.first, first == Self.firstLine else {
      throw .malformed(
        file: source, line: 1, reason: "a lock file begins with '\(Self.firstLine)'")
    }
    for (index, line) in lines.enumerated().dropFirst() {
      guard parse(line) else {
        throw .malformed(
          file: source, line: index + 1,
          reason: "not a line of a lock file: '\(line.prefix(60))'; "
            + "restore the file, or delete it and run the script again")
      }
    }
  }

  private mutating func parse(_ line: Substring) -> Bool {
    if let rest = LockField.rest(of: line, after: "result ") {
      let words = rest.split(separator: " ", omittingEmptySubsequences: false)
      guard words.count == 4, let command = LockField.decode(words[0]),
        let label = LockField.decode(words[1]), words[2].utf8.count == 16,
        let content = ContentHash(hex: words[3])
      else { return false }
      add(Result(command: command, label: label, key16: String(words[2]), content: content))
      return true
    }
    guard let rest = LockField.rest(of: line, after: "cell "),
      let equals = rest.range(of: " = ")
    else { return false }
    let names = rest[..<equals.lowerBound].components(separatedBy: " | ")
      .map { LockField.decode(Substring($0)) }
    guard names.count == 3, let table = names[0], let row = names[1], let column = names[2],
      let content = LockField.parseContent(rest[equals.upperBound...])
    else { return false }
    setCell(table: table, row: row, column: column, content)
    return true
  }
}
