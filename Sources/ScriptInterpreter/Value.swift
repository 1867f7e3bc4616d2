import OrderedCollections
import ScriptChecker

/// A value of the language. All are immutable.
public enum Value: Sendable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list(ListValue)
  case record(RecordValue)
  case range(RangeValue)
  case function(FunctionValue)
  /// A value that the host implements: a model, a dataset, a tensor, a table, ...
  case handle(any HandleValue)

  /// The type as messages name it.
  public var type: ValueType {
    switch self {
    case .none: return .none
    case .bool: return .bool
    case .int: return .int
    case .float: return .float
    case .string: return .string
    case .list(let list): return list.type
    case .record: return .record
    case .range: return .range
    case .function: return .function
    case .handle(let handle): return .handle(handle.typeName)
    }
  }

  /// A list of values.
  public static func list(of elements: some Sequence<Value>) -> Value {
    .list(ListValue(Array(elements)))
  }

  public static func record(of fields: OrderedDictionary<String, Value>) -> Value {
    .record(RecordValue(fields))
  }

  public init(_ literal: Literal) {
    switch literal {
    case .nothing: self = .none
    case .bool(let value): self = .bool(value)
    case .int(let value): self = .int(value)
    case .float(let value): self = .float(value)
    case .string(let value): self = .string(value)
    case .list(let values): self = .list(of: values.map(Value.init))
    }
  }

  /// The same as a plain literal, for domains and messages; nil for other values.
  public var literal: Literal? {
    switch self {
    case .none: return .nothing
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .float(let value): return .float(value)
    case .string(let value): return .string(value)
    case .list(let list):
      let values = list.compactMap(\.literal)
      return values.count == list.count ? .list(values) : nil
    default: return nil
    }
  }

  /// How large the value is, inner values included.
  public var extent: Extent {
    switch self {
    case .string(let text): return Extent(depth: 1, weight: 1 + text.utf8.count / 16)
    case .list(let list): return list.extent
    case .record(let record): return record.extent
    case .function(let function): return function.extent
    case .handle(let handle): return Extent(depth: 1, weight: handle.weight)
    default: return Extent(depth: 1, weight: 1)
    }
  }
}

/// The size of a value as everything that walks it meets it: a part that appears twice counts
/// twice. Bounding it bounds the work of printing, comparing and hashing.
public struct Extent: Sendable, Hashable {
  /// Levels of values inside values.
  public let depth: Int
  /// Number of values; long strings count more. Saturates instead of overflowing.
  public let weight: Int

  init(depth: Int, weight: Int) {
    self.depth = depth
    self.weight = weight
  }

  /// - Parameter extra: the weight of what is no value: names of fields, code
  init(around parts: some Sequence<Value>, extra: Int = 0) {
    var depth = 0
    var weight = 1 + extra
    for part in parts {
      let extent = part.extent
      depth = max(depth, extent.depth)
      let (sum, overflow) = weight.addingReportingOverflow(extent.weight)
      weight = overflow ? .max : sum
    }
    self.depth = depth + 1
    self.weight = weight
  }
}

/// A value that refers to an object of the host. The interpreter passes it around, prints it and
/// hashes it.
public protocol HandleValue: Sendable, CustomStringConvertible {
  /// The type's name in signatures and messages: `model`.
  var typeName: String { get }
  /// Names the content: equal hashes mean equal content. Part of cache keys.
  var contentHash: String { get }
  /// What `value.name` gives; nil when there is no such field.
  func field(_ name: String) throws -> Value?
  /// The fields there are, for completion and suggestions.
  var fieldNames: [String] { get }
  /// What `value[index]` gives; nil when the value has no elements.
  func element(_ index: Value) throws -> Value?
  /// Whether it stands for a result that is not there yet, as in a plan of what would run.
  /// Whatever is computed from such a value is the same value again.
  var isPending: Bool { get }
  /// What printing, comparing or hashing it costs, counted in plain values.
  var weight: Int { get }
}

extension HandleValue {
  public var weight: Int { 1 }
  public func field(_ name: String) throws -> Value? { nil }
  public var fieldNames: [String] { [] }
  public func element(_ index: Value) throws -> Value? { nil }
  public var isPending: Bool { false }
}

extension Value {
  /// Whether the value is a placeholder for a result that is not cached yet.
  public var isPending: Bool {
    if case .handle(let handle) = self { return handle.isPending }
    return false
  }

  /// The value, or the first one inside it, that is a placeholder for a result not cached yet.
  public var pendingPart: Value? {
    switch self {
    case .handle: return isPending ? self : nil
    case .list(let list): return list.lazy.compactMap(\.pendingPart).first
    case .record(let record): return record.fields.values.lazy.compactMap(\.pendingPart).first
    default: return nil
    }
  }
}

/// A list.
public struct ListValue: Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
  public let elements: [Value]
  public let extent: Extent

  public init(_ elements: [Value]) {
    self.elements = elements
    extent = Extent(around: elements)
  }

  public init(arrayLiteral elements: Value...) { self.init(elements) }

  public var startIndex: Int { 0 }
  public var endIndex: Int { elements.count }
  public subscript(position: Int) -> Value { elements[position] }

  var type: ValueType {
    guard let first = elements.first else { return .list }
    return .list(elements.dropFirst().prefix(100).reduce(first.type) { $0.union($1.type) })
  }
}

/// A record: named fields in the order in which they were written.
public struct RecordValue: Sendable, ExpressibleByDictionaryLiteral {
  public let fields: OrderedDictionary<String, Value>
  public let extent: Extent

  public init(_ fields: OrderedDictionary<String, Value>) {
    self.fields = fields
    extent = Extent(
      around: fields.values, extra: fields.keys.reduce(0) { $0 + $1.utf8.count / 16 })
  }

  public init(dictionaryLiteral elements: (String, Value)...) {
    self.init(OrderedDictionary(uniqueKeysWithValues: elements))
  }

  public subscript(name: String) -> Value? { fields[name] }
}

/// `lower..upper`, both ends included; empty when upper is smaller.
public enum RangeValue: Sendable, Hashable {
  case ints(Int, Int)
  /// Has no elements; for `in` only.
  case floats(Double, Double)

  /// The number of integers; nil for floats and where it does not fit.
  public var count: Int? {
    guard case .ints(let lower, let upper) = self else { return nil }
    guard lower <= upper else { return 0 }
    let (span, overflow) = upper.subtractingReportingOverflow(lower)
    let (count, more) = span.addingReportingOverflow(1)
    return overflow || more ? nil : count
  }

  /// Longer ranges never become lists, whatever the limits of a run are.
  static let longestList = 1 << 24

  /// The integers; nil for a range of floats and for one that is too long to be a list.
  public var integers: [Int]? {
    guard case .ints(let lower, let upper) = self, let count, count <= Self.longestList else {
      return nil
    }
    return lower <= upper ? Array(lower...upper) : []
  }

  public func contains(_ value: Double) -> Bool {
    switch self {
    case .ints(let lower, let upper): return Double(lower) <= value && value <= Double(upper)
    case .floats(let lower, let upper): return lower <= value && value <= upper
    }
  }
}
