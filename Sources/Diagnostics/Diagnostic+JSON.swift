extension Diagnostic {
  /// One line of JSON for editors and other tools.
  ///
  /// Keys: `code`, `severity`, `message`, `path`, `line`, `column`, `endLine`, `endColumn`, `notes`,
  /// `suggestion`; those that do not apply are left out.
  public var json: String {
    var members = [
      member("code", code.rawValue), member("severity", severity.rawValue),
      member("message", message),
    ]
    members += placeMembers(span)
    if !notes.isEmpty {
      let items = notes.map { note in
        "{" + ([member("message", note.message)] + placeMembers(note.span)).joined(separator: ",")
          + "}"
      }
      members.append("\"notes\":[\(items.joined(separator: ","))]")
    }
    if let suggestion { members.append(member("suggestion", suggestion)) }
    return "{\(members.joined(separator: ","))}"
  }

  private func placeMembers(_ span: SourceSpan?) -> [String] {
    guard let span else { return [] }
    let start = span.location
    let end = span.endLocation
    return [
      member("path", span.file.path), "\"line\":\(start.line)", "\"column\":\(start.column)",
      "\"endLine\":\(end.line)", "\"endColumn\":\(end.column)",
    ]
  }

  private func member(_ key: String, _ value: String) -> String {
    "\"\(key)\":\(quotedJSON(value))"
  }
}

/// A JSON string literal.
private func quotedJSON(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\r": result += "\\r"
    default:
      if scalar.value < 0x20 {
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result + "\""
}
