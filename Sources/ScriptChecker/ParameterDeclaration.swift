import Diagnostics
import ScriptSyntax

/// A `param` of a script, with its type, default and domain worked out.
public struct ParameterDeclaration: Sendable {
  public let name: String
  public let type: ValueType
  public let defaultValue: Literal
  public let domain: Domain?
  public let span: SourceSpan

  /// Reads a `param` statement; throws a `Diagnostic` that describes the error.
  public init(_ node: ParameterNode, types: [String: ValueType]) throws {
    name = node.name.name
    span = node.name.span
    type = try ValueType(node.type, known: types)
    switch type {
    case .int, .float, .bool, .string, .list: break
    default:
      throw Diagnostic(
        .wrongType, "a param cannot be of type \(type)", at: node.type.span,
        suggestion: "use int, float, bool, string or a list of them")
    }
    guard let value = Literal(node.defaultValue) else {
      throw Diagnostic(
        .notConstant, "the default of a param must be a literal value", at: node.defaultValue.span,
        suggestion: "use `let` to compute values")
    }
    guard type.mayAccept(value.type) else {
      throw Diagnostic(
        .wrongType, "the default of `\(name)` must be \(type), got \(value.type.description)",
        at: node.defaultValue.span)
    }
    defaultValue = value.converted(to: type)
    domain = try node.domain.map { try Domain($0) }
    if let domain, !domain.contains(defaultValue) {
      throw Diagnostic(
        .outsideDomain,
        "the default of `\(name)` is \(defaultValue), expected \(domain.requirement)",
        at: node.defaultValue.span)
    }
  }

  /// The value of `--set name=text`. Strings need no quotes there.
  public func value(from text: String) throws -> Literal {
    guard let value = parse(text, as: type) else {
      throw Diagnostic(
        .wrongType, "`\(name)` expects \(type), got `\(text)`", at: nil,
        suggestion: type == .bool ? "write true or false" : nil)
    }
    return try checked(value)
  }

  /// The value, if it lies within the type and domain.
  public func checked(_ value: Literal) throws -> Literal {
    guard type.mayAccept(value.type) else {
      throw Diagnostic(
        .wrongType, "`\(name)` expects \(type), got \(value.type) \(value)", at: nil)
    }
    let value = value.converted(to: type)
    if let domain, !domain.contains(value) {
      var suggestion: String?
      if case .string(let word) = value {
        suggestion = Spelling.suggestion(for: word, among: domain.words)
      }
      throw Diagnostic(
        .outsideDomain, "`\(name)` is \(value), expected \(domain.requirement)", at: nil,
        suggestion: suggestion)
    }
    return value
  }

  private func parse(_ text: String, as type: ValueType) -> Literal? {
    switch type {
    case .string: return .string(text)
    case .list(let element):
      let inner =
        text.hasPrefix("[") && text.hasSuffix("]") ? text.dropFirst().dropLast() : text[...]
      if inner.isEmpty { return .list([]) }
      let parts = inner.split(separator: ",", omittingEmptySubsequences: false)
      let values = parts.compactMap { parse(trimmed($0), as: element == .any ? .string : element) }
      return values.count == parts.count ? .list(values) : nil
    default:
      let script = Script.parseLine(text)
      guard script.diagnostics.isEmpty, script.statements.count == 1,
        case .expression(let expression) = script.statements[0].kind,
        let value = Literal(expression), type.mayAccept(value.type)
      else { return nil }
      return value
    }
  }

  private func trimmed(_ text: Substring) -> String {
    var rest = text
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    if rest.count >= 2, rest.first == "\"", rest.last == "\"" { rest = rest.dropFirst().dropLast() }
    return String(rest)
  }
}

extension Literal {
  /// The value of an expression made of plain values only; nil for any other.
  public init?(_ expression: Expression) {
    switch expression.kind {
    case .none: self = .nothing
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .string(let segments):
      var text = ""
      for segment in segments {
        guard case .text(let part) = segment else { return nil }
        text += part
      }
      self = .string(text)
    case .list(let elements):
      let values = elements.compactMap { Literal($0) }
      guard values.count == elements.count else { return nil }
      self = .list(values)
    case .unary(.negate, let operand):
      switch Literal(operand) {
      case .int(let value): self = .int(-value)
      case .float(let value): self = .float(-value)
      default: return nil
      }
    default: return nil
    }
  }

  /// Integers become floats where floats are wanted.
  func converted(to type: ValueType) -> Literal {
    switch (self, type) {
    case (.int(let value), .float): return .float(Double(value))
    case (.list(let values), .list(let element)):
      return .list(values.map { $0.converted(to: element) })
    default: return self
    }
  }
}

extension Domain {
  /// The domain that a range or list after `in` states.
  public init(_ expression: Expression) throws {
    if case .range(let first, let last) = expression.kind {
      switch (Literal(first), Literal(last)) {
      case (.int(let lower)?, .int(let upper)?) where lower <= upper:
        self = .ints(lower...upper)
        return
      case (let lower?, let upper?):
        if let lower = lower.number, let upper = upper.number, lower <= upper {
          self = .floats(lower...upper)
          return
        }
      default: break
      }
      throw Diagnostic(
        .notConstant, "the range of a param must go from a smaller to a larger number",
        at: expression.span)
    }
    if case .list(let values)? = Literal(expression), !values.isEmpty {
      self = .oneOf(values)
      return
    }
    throw Diagnostic(
      .notConstant, "expected a range or a list of literal values after `in`", at: expression.span,
      suggestion: "write `in 1..20` or `in [\"a\", \"b\"]`")
  }
}

extension Literal {
  fileprivate var number: Double? {
    switch self {
    case .int(let value): return Double(value)
    case .float(let value): return value
    default: return nil
    }
  }
}

extension ValueType {
  /// The type that a script names.
  public init(_ name: TypeName, known: [String: ValueType]) throws {
    guard let type = known[name.name] else {
      throw Diagnostic(
        .unknownType, "unknown type `\(name.name)`", at: name.span,
        suggestion: Spelling.suggestion(for: name.name, among: known.keys))
    }
    if let element = name.elements.first {
      guard case .list = type else {
        throw Diagnostic(
          .unknownType, "`\(name.name)` has no element type", at: name.span,
          suggestion: "only `list` has one: `list(float)`")
      }
      self = .list(try ValueType(element, known: known))
    } else {
      self = type
    }
  }
}
