extension CommandSignature {
  /// `extract(model, data:, steps:, ...)`: how a call is written.
  public var form: String {
    let arguments = positional.map(\.name) + named.map { "\($0.name):" }
    return "\(name)(\(arguments.joined(separator: ", ")))"
  }

  /// The page that `help NAME` shows: form, purpose, every parameter with type, unit, default and
  /// allowed values, result, cost and an example.
  public var help: String {
    var lines = [form, "  \(summary)", ""]
    let rows =
      positional.map { ($0.name, $0) } + named.map { ("\($0.name):", $0) }
    let names = rows.map(\.0.count).max() ?? 0
    let types = min(30, rows.map(\.1.typeText.count).max() ?? 0)
    for (name, parameter) in rows {
      let type = parameter.typeText
      let head = "  " + padded(name, to: names) + "  "
      if parameter.summary.isEmpty {
        lines.append(head + type)
      } else if type.count <= types {
        lines.append(head + padded(type, to: types) + "  " + parameter.summary)
      } else {
        let indent = String(repeating: " ", count: names + 4)
        lines += [head + type, indent + parameter.summary]
      }
    }
    if !rows.isEmpty { lines.append("") }
    if result != .none { lines.append("  returns  \(result)") }
    lines.append(
      "  cost     "
        + (cost == .expensive
          ? "expensive; results are cached" : "cheap"))
    lines.append("  example  \(example)")
    return lines.joined(separator: "\n")
  }

  private func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

extension ParameterSignature {
  /// `int [frames] = 5 in 1..1000`; what may be left out without a value is `optional`.
  var typeText: String {
    var text = "\(type)"
    var isOptional = false
    if case .either(let members) = type, members.contains(.none), defaultValue == .nothing {
      text = members.filter { $0 != .none }.map(\.description).joined(separator: " or ")
      isOptional = true
    }
    if let unit { text += " [\(unit)]" }
    if isOptional {
      text += ", optional"
    } else if let defaultValue {
      text += " = \(defaultValue)"
    }
    if let domain { text += " \(domain.clause)" }
    return text
  }
}
