import Diagnostics
import JSON

extension Diagnostic {
  /// One line of JSON for editors and other tools.
  ///
  /// Keys: `code`, `severity`, `message`, `path`, `line`, `column`, `endLine`, `endColumn`,
  /// `notes`, `suggestion`; those that do not apply are left out.
  public var json: String {
    var members: [(String, JSONValue)] = [
      ("code", .string(code.rawValue)), ("severity", .string(severity.rawValue)),
      ("message", .string(message)),
    ]
    members += Self.placeMembers(span)
    if !notes.isEmpty {
      let items = notes.map { note in
        JSONValue(members: [("message", .string(note.message))] + Self.placeMembers(note.span))
      }
      members.append(("notes", .array(items)))
    }
    if let suggestion { members.append(("suggestion", .string(suggestion))) }
    return JSONValue(members: members).text
  }

  private static func placeMembers(_ span: SourceSpan?) -> [(String, JSONValue)] {
    guard let span else { return [] }
    let start = span.location
    let end = span.endLocation
    return [
      ("path", .string(span.file.path)), ("line", .int(start.line)), ("column", .int(start.column)),
      ("endLine", .int(end.line)), ("endColumn", .int(end.column)),
    ]
  }
}

extension JSONValue {
  /// As one line; there are texts and integers alone in it, which always can be written.
  fileprivate var text: String {
    guard let text = try? serialized() else { preconditionFailure("a number that is not finite") }
    return text
  }
}
