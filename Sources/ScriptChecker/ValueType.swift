/// The type of a value, as signatures state it and messages print it.
public enum ValueType: Sendable, Hashable, CustomStringConvertible {
  case any
  case none
  case int
  /// Accepts integers too, which become floats.
  case float
  case bool
  case string
  /// Accepts a range of integers too.
  indirect case list(ValueType)
  case record
  case range
  case function
  /// A value that the host implements: `model`, `tensor`, `table`, ...
  case handle(String)
  /// Any of several types.
  case either([ValueType])

  public static let tensor = ValueType.handle("tensor")
  public static let table = ValueType.handle("table")
  public static let figure = ValueType.handle("figure")
  /// An int or a float, not converted.
  public static let number = ValueType.either([.int, .float])
  /// A list with elements of any type.
  public static let list = ValueType.list(.any)

  public var description: String {
    switch self {
    case .any: return "any"
    case .none: return "none"
    case .int: return "int"
    case .float: return "float"
    case .bool: return "bool"
    case .string: return "string"
    case .list(.any): return "list"
    case .list(let element): return "list(\(element))"
    case .record: return "record"
    case .range: return "range"
    case .function: return "function"
    case .handle(let name): return name
    case .either(let types): return types.map(\.description).joined(separator: " or ")
    }
  }

  /// Whether a value of static type `other` may be used where this type is expected. False only if
  /// it certainly may not.
  public func mayAccept(_ other: ValueType) -> Bool {
    switch (self, other) {
    case (.any, _), (_, .any): return true
    case (.either(let types), _): return types.contains { $0.mayAccept(other) }
    case (_, .either(let types)): return types.contains { mayAccept($0) }
    case (.float, .int): return true
    case (.list(let wanted), .list(let given)): return wanted.mayAccept(given)
    case (.list(let wanted), .range): return wanted.mayAccept(.int)
    default: return self == other
    }
  }

  /// The smallest type that covers both.
  public func union(_ other: ValueType) -> ValueType {
    if self == other { return self }
    switch (self, other) {
    case (.int, .float), (.float, .int): return .float
    case (.list(let a), .list(let b)): return .list(a.union(b))
    default: return .any
    }
  }

  /// The types that every script knows by name.
  public static let plainTypes: [String: ValueType] = [
    "any": .any, "none": .none, "int": .int, "float": .float, "bool": .bool, "string": .string,
    "list": .list, "record": .record, "range": .range, "function": .function, "tensor": .tensor,
    "table": .table, "figure": .figure,
  ]
}
