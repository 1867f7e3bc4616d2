/// Lines that are too long for a terminal, broken at spaces.
public enum TextWrap {
  /// Goes on below the last of the columns that two or more spaces part, where that leaves room;
  /// else a little further to the right than the line begins.
  public static func lines(_ line: String, columns: Int) -> [String] {
    guard TableText.width(line) > columns, columns >= 20 else { return [line] }
    let letters = Array(line)
    var indent = letters.prefix { $0 == " " }.count
    let start = indent
    for place in letters.indices.dropFirst(2)
    where place > start && letters[place] != " " && letters[place - 1] == " "
      && letters[place - 2] == " " && place <= columns / 2
    {
      indent = place
    }
    if indent == start { indent += start == 0 ? 0 : 2 }
    var lines: [String] = []
    var current = String(letters[..<start])
    var isEmpty = true
    for word in String(letters[start...]).split(separator: " ", omittingEmptySubsequences: false) {
      // What parts columns of the first line stays as it is.
      let joined = isEmpty ? current + word : current + " " + word
      if !isEmpty, !word.isEmpty, TableText.width(joined) > columns {
        lines.append(trimmed(current))
        current = String(repeating: " ", count: indent) + word
      } else {
        current = joined
      }
      isEmpty = false
    }
    return lines + [trimmed(current)]
  }

  /// The same for every line of a text.
  public static func text(_ text: String, columns: Int) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .flatMap { lines(String($0), columns: columns) }.joined(separator: "\n")
  }

  private static func trimmed(_ line: String) -> String {
    var line = line
    while line.last == " " { line.removeLast() }
    return line
  }
}
