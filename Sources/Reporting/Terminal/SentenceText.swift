/// A sentence with the selected words set off and a score under every word.
struct SentenceText {
  let style: TerminalStyle

  init(_ style: TerminalStyle) { self.style = style }

  func lines(_ text: StyledText, columns: Int) -> [String] {
    text.paragraphs.flatMap { lines($0, columns: columns) }
  }

  private func lines(_ words: [StyledText.Word], columns: Int) -> [String] {
    var rows: [[StyledText.Word]] = []
    var used = 0
    for word in words {
      let width = self.width(word)
      if rows.isEmpty || used + 1 + width > columns {
        rows.append([word])
        used = width
      } else {
        rows[rows.count - 1].append(word)
        used += 1 + width
      }
    }
    let hasScores = words.contains { $0.score != nil }
    return rows.flatMap { row -> [String] in
      let upper = row.map { word in
        space(word, face(word).count - TableText.width(face(word)), marked: true)
      }.joined(separator: " ")
      guard hasScores else { return [Self.trimmed(upper)] }
      let lower = row.map { space($0, 0, marked: false) }.joined(separator: " ")
      return [Self.trimmed(upper), Self.trimmed(lower)]
    }
  }

  /// Selected words stand in brackets where there is no colour.
  private func face(_ word: StyledText.Word) -> String {
    word.isSelected && style.colors == .none ? "[\(word.text)]" : word.text
  }

  private func width(_ word: StyledText.Word) -> Int {
    max(TableText.width(face(word)), score(word).count)
  }

  private func score(_ word: StyledText.Word) -> String {
    word.score.map { NumberText.fixed($0, digits: 2) } ?? ""
  }

  private func space(_ word: StyledText.Word, _ excess: Int, marked: Bool) -> String {
    let ink = Ink(style)
    let text = marked ? face(word) : score(word)
    let gap = String(repeating: " ", count: max(0, width(word) - TableText.width(text)))
    if marked { return (word.isSelected ? ink.marked(text) : text) + gap }
    return (word.isSelected ? ink.accented(text) : ink.faint(text)) + gap
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
