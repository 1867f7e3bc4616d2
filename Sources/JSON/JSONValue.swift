public import OrderedCollections

/// One JSON document, or a part of one.
///
/// - Objects keep the order of their keys. A key written twice keeps its first place and its
///   last value.
/// - A number without fraction and exponent that fits `Int` is `.int`; every other number is
///   `.double`, also an integer beyond 64 bits (as in JavaScript). `1` and `1.0` are different
///   values, but the accessors of ``JSONReadable`` read either as a double, and `1.0` as an
///   integer.
/// - A `\u` escape that is half of a surrogate pair becomes U+FFFD, since a Swift string cannot
///   hold it.
public enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(String)
  case array([JSONValue])
  case object(OrderedDictionary<String, JSONValue>)

  /// An object with the members in this order; of equal keys the last one's value stays.
  public init(members: some Sequence<(String, JSONValue)>) {
    self = .object(OrderedDictionary(members, uniquingKeysWith: { $1 }))
  }

  /// The member of an object, or nil when it is absent or this is not an object.
  public subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { return members[key] }
    return nil
  }

  /// What this is, in a word for messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .int: "an integer"
    case .double: "a number"
    case .string: "a string"
    case .array(let elements): "an array of \(elements.count)"
    case .object: "an object"
    }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .int(value) }
  public init(floatLiteral value: Double) { self = .double(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(members: elements)
  }
}
