extension ClassifiedText {
  /// GPT-2's words, which the byte-level pre-tokenizer cuts unless it is told not to:
  ///
  ///     's|'t|'re|'ve|'m|'ll|'d             a contraction
  ///     | ?\p{L}+                           letters with a space before them
  ///     | ?\p{N}+                           digits with a space before them
  ///     | ?[^\s\p{L}\p{N}]+                 punctuation with a space before it
  ///     |\s+(?!\S)                          white space but for the last before a word
  ///     |\s+
  func gpt2WordEnd(from start: Int) -> Int {
    if let end = lowercaseContractionEnd(from: start) { return end }
    let body = scalars[start] == " " && start + 1 < count ? start + 1 : start
    switch classes[body] {
    case .letter, .number, .other: return run(of: classes[body], from: body)
    case .space, .lineEnd: return spacesBeforeWord(from: start, end: spaces(from: start))
    }
  }

  private func lowercaseContractionEnd(from start: Int) -> Int? {
    guard scalars[start] == "'", start + 1 < count else { return nil }
    if ["s", "t", "m", "d"].contains(scalars[start + 1]) { return start + 2 }
    guard start + 2 < count else { return nil }
    switch (scalars[start + 1], scalars[start + 2]) {
    case ("r", "e"), ("v", "e"), ("l", "l"): return start + 3
    default: return nil
    }
  }
}
