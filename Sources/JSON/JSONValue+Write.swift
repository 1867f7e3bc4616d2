extension JSONValue {
  /// This value as a JSON text. The same value gives the same bytes everywhere: keys in their
  /// order, doubles in the fewest digits that read back to the same double (and always with a
  /// point or an exponent, so that they read back as doubles), characters beyond ASCII as they
  /// are.
  ///
  /// - Parameter pretty: one member or element a line, indented by two spaces, ending in a
  ///   newline; otherwise one line without spaces.
  /// - Throws: ``JSONError/notFinite(path:)`` for NaN and infinities.
  public func serialized(pretty: Bool = false) throws(JSONError) -> String {
    var writer = JSONWriter(pretty: pretty)
    try writer.write(self, path: "", depth: 0)
    if pretty { writer.text += "\n" }
    return writer.text
  }

  /// A text as a JSON string, quotes included.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{c}": result += "\\f"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}

private struct JSONWriter {
  let pretty: Bool
  var text = ""

  mutating func write(_ value: JSONValue, path: String, depth: Int) throws(JSONError) {
    switch value {
    case .null: text += "null"
    case .bool(let flag): text += flag ? "true" : "false"
    case .int(let number): text += String(number)
    case .double(let number):
      guard number.isFinite else { throw .notFinite(path: path.isEmpty ? "<document>" : path) }
      text += number.description
    case .string(let string): text += JSONValue.quoted(string)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        separate(first: index == 0, depth: depth + 1)
        try write(element, path: "\(path)[\(index)]", depth: depth + 1)
      }
      close("]", empty: elements.isEmpty, depth: depth)
    case .object(let members):
      text += "{"
      for (index, (key, member)) in members.enumerated() {
        separate(first: index == 0, depth: depth + 1)
        text += JSONValue.quoted(key) + (pretty ? ": " : ":")
        try write(member, path: path.isEmpty ? key : "\(path).\(key)", depth: depth + 1)
      }
      close("}", empty: members.isEmpty, depth: depth)
    }
  }

  private mutating func separate(first: Bool, depth: Int) {
    if !first { text += "," }
    if pretty { newline(depth) }
  }

  private mutating func close(_ bracket: String, empty: Bool, depth: Int) {
    if pretty && !empty { newline(depth) }
    text += bracket
  }

  private mutating func newline(_ depth: Int) {
    text += "\n" + String(repeating: "  ", count: depth)
  }
}
