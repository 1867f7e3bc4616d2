/// A plain value that a signature can state: a default, or one of the allowed values.
public enum Literal: Sendable, Hashable, CustomStringConvertible {
  /// The script's `none`; named otherwise because `.none` would read as a missing optional.
  case nothing
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([Literal])

  public var type: ValueType {
    switch self {
    case .nothing: return .none
    case .bool: return .bool
    case .int: return .int
    case .float: return .float
    case .string: return .string
    case .list(let elements):
      guard let first = elements.first else { return .list }
      return .list(elements.dropFirst().reduce(first.type) { $0.union($1.type) })
    }
  }

  /// As it is written in a script.
  public var description: String {
    switch self {
    case .nothing: return "none"
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return String(value)
    case .float(let value): return String(value)
    case .string(let value): return quoted(value)
    case .list(let elements):
      return "[\(elements.map(\.description).joined(separator: ", "))]"
    }
  }
}

extension Literal: ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral
{
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: Literal...) { self = .list(elements) }
}

/// A string as a script writes it, with quotes and escapes.
public func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\r": result += "\\r"
    case "{": result += "\\{"
    case "}": result += "\\}"
    default:
      if scalar.value < 0x20 || scalar.value == 0x7F {
        result += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
  return result + "\""
}

/// The values that a parameter allows, within its type. For a list, each element.
public enum Domain: Sendable, Hashable, CustomStringConvertible {
  /// Both ends belong to the domain.
  case ints(ClosedRange<Int>)
  case floats(ClosedRange<Double>)
  /// The lower end does not belong to it: a share of which nothing is left is none.
  case above(Double, atMost: Double)
  case oneOf([Literal])

  public var description: String {
    switch self {
    case .ints(let range): return "\(range.lowerBound)..\(range.upperBound)"
    case .floats(let range): return "\(range.lowerBound)..\(range.upperBound)"
    case .above(let lower, let upper): return "above \(lower), at most \(upper)"
    case .oneOf(let values): return "[\(values.map(\.description).joined(separator: ", "))]"
    }
  }

  /// `a value in 1..20`, `one of a, b`: how messages state the domain.
  public var requirement: String {
    switch self {
    case .ints, .floats: return "a value in \(description)"
    case .above: return "a value \(description)"
    case .oneOf(let values):
      return "one of \(values.map(\.description).joined(separator: ", "))"
    }
  }

  /// How declarations state the domain: `in 1..20`, `in ["a", "b"]`.
  public var clause: String {
    if case .above = self { return description }
    return "in \(description)"
  }

  public func contains(_ value: Literal) -> Bool {
    if case .list(let elements) = value { return elements.allSatisfy(contains) }
    switch (self, value) {
    case (.ints(let range), .int(let value)): return range.contains(value)
    case (.floats(let range), .float(let value)): return range.contains(value)
    case (.floats(let range), .int(let value)): return range.contains(Double(value))
    case (.above(let lower, let upper), .float(let value)): return lower < value && value <= upper
    case (.above, .int(let value)): return contains(.float(Double(value)))
    case (.ints, _), (.floats, _), (.above, _): return false
    case (.oneOf(let values), .int(let value)):
      return values.contains(.int(value)) || values.contains(.float(Double(value)))
    case (.oneOf(let values), _):
      return values.contains { $0.isSame(as: value) }
    }
  }

  /// The allowed words, for completion and spelling.
  public var words: [String] {
    guard case .oneOf(let values) = self else { return [] }
    return values.compactMap { if case .string(let word) = $0 { word } else { nil } }
  }
}

extension Literal {
  /// Equality on bytes: Swift's own takes differently composed letters for the same.
  fileprivate func isSame(as other: Literal) -> Bool {
    if case .string(let a) = self, case .string(let b) = other {
      return a.utf8.elementsEqual(b.utf8)
    }
    return self == other
  }
}
