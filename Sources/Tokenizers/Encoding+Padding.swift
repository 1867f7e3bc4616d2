extension Encoding {
  /// These tokens with exactly `length` of them: excess tokens are removed before the last one,
  /// which ends the text; missing ones are filled with `padding`, special and without a span.
  public func fitted(to length: Int, padding: Int) -> Encoding {
    precondition(length > 0, "a text of \(length) tokens")
    var result = Encoding()
    let kept = count <= length ? Array(0..<count) : Array(0..<length - 1) + [count - 1]
    for token in kept { result.append(ids[token], spans[token], isSpecial: isSpecial[token]) }
    let end = spans.last?.upperBound ?? 0
    for _ in kept.count..<max(length, kept.count) {
      result.append(padding, end..<end, isSpecial: true)
    }
    return result
  }
}
