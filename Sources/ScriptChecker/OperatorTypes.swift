import ScriptSyntax

/// The types that operators take and give.
enum OperatorTypes {
  /// The type of the result, or nil when the operands certainly do not fit.
  static func result(
    _ operation: BinaryOperator, _ left: ValueType, _ right: ValueType
  ) -> ValueType? {
    switch operation {
    case .or, .and:
      return ValueType.bool.mayAccept(left) && ValueType.bool.mayAccept(right) ? .bool : nil
    case .equal, .notEqual:
      return comparable(left, right) ? .bool : nil
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      let fits = areNumbers(left, right) || (isMaybe(.string, left) && isMaybe(.string, right))
      return fits ? .bool : nil
    case .contains:
      return containment(left, right) ? .bool : nil
    case .add:
      return sum(left, right)
    case .subtract, .multiply:
      return areNumbers(left, right) ? numeric(left, right) : tensor(left, right)
    case .divide:
      guard areNumbers(left, right) else { return tensor(left, right) }
      return isOpen(left) || isOpen(right) ? .any : .float
    case .floorDivide, .remainder:
      return isMaybe(.int, left) && isMaybe(.int, right) ? .int : nil
    case .power:
      if areNumbers(left, right), isMaybe(.int, right) { return numeric(left, right) }
      return isMaybe(.tensor, left) && isMaybe(.int, right) ? .tensor : nil
    }
  }

  /// A tensor with a tensor or a number.
  private static func tensor(_ left: ValueType, _ right: ValueType) -> ValueType? {
    let operand = ValueType.either([.tensor, .float])
    guard operand.mayAccept(left), operand.mayAccept(right) else { return nil }
    return isMaybe(.tensor, left) || isMaybe(.tensor, right) ? .tensor : nil
  }

  private static func sum(_ left: ValueType, _ right: ValueType) -> ValueType? {
    if case .list(let a) = left, case .list(let b) = right { return .list(a.union(b)) }
    if left == .string, right == .string { return .string }
    if areNumbers(left, right) {
      return numeric(left, right)
    }
    if let tensor = tensor(left, right) { return tensor }
    for type in [ValueType.string, .list] where isMaybe(type, left) && isMaybe(type, right) {
      return type
    }
    return nil
  }

  /// int with int is int, a float makes it float; unknown stays unknown, for it may be a tensor.
  private static func numeric(_ left: ValueType, _ right: ValueType) -> ValueType {
    if isOpen(left) || isOpen(right) { return .any }
    if left == .float || right == .float { return .float }
    if left == .int, right == .int { return .int }
    return .any
  }

  static func isMaybe(_ wanted: ValueType, _ type: ValueType) -> Bool { wanted.mayAccept(type) }

  private static func isOpen(_ type: ValueType) -> Bool {
    switch type {
    case .any, .either: return true
    default: return false
    }
  }

  private static func areNumbers(_ left: ValueType, _ right: ValueType) -> Bool {
    isMaybe(.float, left) && isMaybe(.float, right)
  }

  /// Plain values of different kinds are never equal: comparing them is a mistake.
  private static func comparable(_ left: ValueType, _ right: ValueType) -> Bool {
    let plain: [ValueType] = [.int, .float, .bool, .string]
    guard plain.contains(left), plain.contains(right) else { return true }
    return left == right || areNumbers(left, right)
  }

  private static func containment(_ element: ValueType, _ whole: ValueType) -> Bool {
    switch whole {
    case .any, .either: return true
    case .list(let type):
      return comparable(element, type)
    case .range: return isMaybe(.float, element)
    case .record, .string: return isMaybe(.string, element)
    default: return false
    }
  }
}
