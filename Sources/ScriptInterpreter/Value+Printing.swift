import ScriptChecker
import ScriptSyntax

extension Value: CustomStringConvertible {
  /// The canonical form, as a script would write the value; floats have the fewest digits that
  /// read back as the same number.
  public var description: String {
    var text = ""
    write(to: &text, limit: .max)
    return text
  }

  /// The canonical form, or nil where it has more bytes; little more than so many are written then.
  func description(atMost limit: Int) -> String? {
    var text = ""
    write(to: &text, limit: limit)
    return text.utf8.count <= limit ? text : nil
  }

  /// What `print` and `{}` in strings show: the canonical form, but plain text for strings.
  public var displayText: String {
    if case .string(let text) = self { return text }
    return description
  }

  /// The canonical form, cut after about `limit` bytes.
  public func abbreviated(to limit: Int = 60) -> String {
    var text = ""
    write(to: &text, limit: limit)
    guard text.unicodeScalars.count > limit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "..."
  }

  /// "int 3", "list(float) of 5 [...]": type, shape and value for messages.
  public var summary: String {
    switch self {
    case .none: return "none"
    case .list(let list): return "\(type) of \(list.count), \(abbreviated(to: 40))"
    case .handle(let handle): return handle.description
    case .function(let function): return "the function \(function.name)"
    default: return "\(type) \(abbreviated(to: 40))"
    }
  }

  private func write(to text: inout String, limit: Int) {
    guard text.utf8.count <= limit else { return }
    switch self {
    case .none: text += "none"
    case .bool(let value): text += value ? "true" : "false"
    case .int(let value): text += String(value)
    case .float(let value): text += value.isNaN ? "nan" : String(value)
    case .string(let value): text += quoted(value)
    case .list(let list):
      text += "["
      for (index, element) in list.enumerated() {
        if text.utf8.count > limit { break }
        if index > 0 { text += ", " }
        element.write(to: &text, limit: limit)
      }
      text += "]"
    case .record(let record):
      text += "{"
      for (index, field) in record.fields.enumerated() {
        if text.utf8.count > limit { break }
        if index > 0 { text += ", " }
        text += isWord(field.key) ? field.key : quoted(field.key)
        text += ": "
        field.value.write(to: &text, limit: limit)
      }
      text += "}"
    case .range(.ints(let lower, let upper)): text += "\(lower)..\(upper)"
    case .range(.floats(let lower, let upper)): text += "\(lower)..\(upper)"
    case .function(let function):
      switch function.kind {
      case .command(let name, _): text += name
      case .closure(let closure):
        let names = closure.node.parameters.map(\.name.name).joined(separator: ", ")
        text += "fn \(closure.node.name?.name ?? "")(\(names)) { ... }"
          .replacing("fn (", with: "fn(")
      }
    case .handle(let handle): text += handle.description
    }
  }

  private func isWord(_ text: String) -> Bool {
    guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
    return text.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) || (0x30...0x39).contains($0)
        || $0 == 0x5F
    }
  }
}
