extension WordPattern {
  /// Qwen2's words:
  ///
  ///     (?i:'s|'t|'re|'ve|'m|'ll|'d)        a contraction
  ///     |[^\r\n\p{L}\p{N}]?\p{L}+           letters with one character before them
  ///     |\p{N}                              one digit
  ///     | ?[^\s\p{L}\p{N}]+[\r\n]*          punctuation with a space before, line ends after
  ///     |\s*[\r\n]+                         white space up to its last line end
  ///     |\s+(?!\S)                          white space but for the last before a word
  ///     |\s+
  static let qwen2Expression =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"#
    + #"|\s*[\r\n]+|\s+(?!\S)|\s+"#
}

extension ClassifiedText {
  func qwen2WordEnd(from start: Int) -> Int {
    if let end = contractionEnd(from: start) { return end }
    switch classes[start] {
    case .letter: return run(of: .letter, from: start)
    case .number: return start + 1
    case .other, .space:
      if start + 1 < count, classes[start + 1] == .letter {
        return run(of: .letter, from: start + 1)
      }
      let punctuation = scalars[start] == " " ? start + 1 : start
      let end = run(of: .other, from: punctuation)
      if end > punctuation { return run(of: .lineEnd, from: end) }
    case .lineEnd: break
    }
    let end = spaces(from: start)
    if let last = classes[start..<end].lastIndex(of: .lineEnd) { return last + 1 }
    return spacesBeforeWord(from: start, end: end)
  }

  private func contractionEnd(from start: Int) -> Int? {
    guard scalars[start] == "'", start + 1 < count else { return nil }
    switch scalars[start + 1] {
    case "s", "S", "\u{17F}", "t", "T", "m", "M", "d", "D": return start + 2
    default: break
    }
    guard start + 2 < count else { return nil }
    switch (scalars[start + 1], scalars[start + 2]) {
    case ("r", "e"), ("r", "E"), ("R", "e"), ("R", "E"), ("v", "e"), ("v", "E"), ("V", "e"),
      ("V", "E"), ("l", "l"), ("l", "L"), ("L", "l"), ("L", "L"):
      return start + 3
    default: return nil
    }
  }
}
