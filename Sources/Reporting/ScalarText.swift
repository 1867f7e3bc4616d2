extension String {
  /// The text with some scalars replaced. To Swift a sign with a mark behind it is one character,
  /// which is not the sign any more; to everything that reads the text later, it is.
  func replacingScalars(_ replacement: (Unicode.Scalar) -> String?) -> String {
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if let text = replacement(scalar) {
        result.append(contentsOf: text.unicodeScalars)
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}
