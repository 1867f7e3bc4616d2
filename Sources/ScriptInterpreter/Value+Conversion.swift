import ScriptChecker

extension Value {
  /// The value converted to the given type, or nil if that is impossible: integers become floats,
  /// ranges of integers become lists, other values are unchanged.
  public func converted(to type: ValueType) -> Value? {
    switch (type, self) {
    case (.any, _), (.none, .none), (.int, .int), (.float, .float), (.bool, .bool),
      (.string, .string), (.record, .record), (.range, .range), (.function, .function):
      return self
    case (.float, .int(let value)):
      return .float(Double(value))
    case (.list(.any), .list):
      return self
    case (.list(let element), .list(let list)):
      let values = list.compactMap { $0.converted(to: element) }
      return values.count == list.count ? .list(of: values) : nil
    case (.list(let element), .range(let range)):
      guard let integers = range.integers else { return nil }
      return Value.list(of: integers.map(Value.int)).converted(to: element == .any ? .any : type)
    case (.handle(let name), .handle(let handle)):
      return handle.typeName == name ? self : nil
    case (.either(let types), _):
      if let exact = types.lazy.filter({ self.isExactly($0) }).compactMap(converted).first {
        return exact
      }
      return types.lazy.compactMap(converted).first
    default:
      return nil
    }
  }

  /// How many elements the lists have that `converted` would make; saturates.
  func conversionCost(to type: ValueType) -> Int {
    switch (type, self) {
    case (.list(.any), .list): return 0
    case (.list(let element), .list(let list)):
      return list.reduce(list.count) { sum, part in
        let (next, overflow) = sum.addingReportingOverflow(part.conversionCost(to: element))
        return overflow ? .max : next
      }
    case (.list, .range(let range)):
      if case .floats = range { return 0 }
      return range.count ?? .max
    case (.either(let types), _):
      if types.contains(where: { self.isExactly($0) && $0 == self.type }) { return 0 }
      return types.map(conversionCost).max() ?? 0
    default: return 0
    }
  }

  /// Whether the value is of the kind already, without conversion.
  private func isExactly(_ type: ValueType) -> Bool {
    switch (type, self) {
    case (.list, .list): return true
    default: return type == self.type
    }
  }
}
