extension Value {
  /// Equality of the language: numbers by value, text by bytes, functions and handles by content.
  public func isEqual(to other: Value) -> Bool {
    switch (self, other) {
    case (.none, .none): return true
    case (.bool(let a), .bool(let b)): return a == b
    case (.int(let a), .int(let b)): return a == b
    case (.float(let a), .float(let b)): return a == b
    case (.int(let a), .float(let b)), (.float(let b), .int(let a)):
      return Int(exactly: b) == a
    case (.string(let a), .string(let b)): return a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)):
      return a.count == b.count && zip(a, b).allSatisfy { $0.isEqual(to: $1) }
    case (.record(let a), .record(let b)):
      return a.fields.count == b.fields.count
        && a.fields.allSatisfy { key, value in b[key].map { value.isEqual(to: $0) } ?? false }
    case (.range(let a), .range(let b)): return a == b
    case (.function, .function): return canonicalBytes == other.canonicalBytes
    case (.handle(let a), .handle(let b)):
      return a.typeName == b.typeName && a.contentHash == b.contentHash
    default: return false
    }
  }

  /// The order of two numbers or two strings (by bytes); nil for other values. NaN is unordered.
  public func compare(_ other: Value) -> Ordering? {
    switch (self, other) {
    case (.int(let a), .int(let b)): return Ordering(a, b)
    case (.string(let a), .string(let b)):
      if a.utf8.elementsEqual(b.utf8) { return .same }
      return a.utf8.lexicographicallyPrecedes(b.utf8) ? .less : .greater
    case (.int(let a), .float(let b)):
      return Value.order(a, b)
    case (.float(let a), .int(let b)):
      return Value.order(b, a)?.reversed
    case (.float(let a), .float(let b)):
      return a.isNaN || b.isNaN ? .unordered : Ordering(a, b)
    default: return nil
    }
  }

  public enum Ordering: Sendable {
    case less, same, greater, unordered

    init<Element: Comparable>(_ a: Element, _ b: Element) {
      self = a < b ? .less : a == b ? .same : .greater
    }

    var reversed: Ordering {
      switch self {
      case .less: return .greater
      case .greater: return .less
      default: return self
      }
    }
  }

  /// Compares without rounding the integer to a float.
  private static func order(_ a: Int, _ b: Double) -> Ordering? {
    if b.isNaN { return .unordered }
    if b >= 0x1p63 { return .less }
    if b < -0x1p63 { return .greater }
    let whole = b.rounded(.towardZero)
    let integer = Int(whole)
    if a != integer { return Ordering(a, integer) }
    return Ordering(whole, b)
  }
}
