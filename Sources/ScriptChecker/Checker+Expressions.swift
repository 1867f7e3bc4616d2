import Diagnostics
import ScriptSyntax

extension CheckWalker {
  @discardableResult
  mutating func check(_ expression: Expression) -> CheckedValue {
    switch expression.kind {
    case .none, .bool, .int, .float:
      let literal = Literal(expression)
      return CheckedValue(literal?.type ?? .any, literal: literal)
    case .string(let segments):
      for case .interpolation(let part) in segments { check(part) }
      return CheckedValue(.string, literal: Literal(expression))
    case .name(let name):
      return resolve(name, at: expression.span)
    case .list(let elements):
      return check(list: elements)
    case .record(let entries):
      for entry in entries { check(entry.value) }
      return CheckedValue(.record)
    case .range(let first, let last):
      check(first, wants: .float, "the start of a range")
      check(last, wants: .float, "the end of a range")
      return CheckedValue(.range)
    case .unary(let operation, let operand):
      return check(operation, operand, expression)
    case .binary(let operation, let left, let right):
      let (first, second) = (check(left), check(right))
      var value = checkOperation(operation, first.type, second.type, expression)
      if operation == .and || operation == .or {
        value.comparison = first.comparison ?? second.comparison
      } else {
        value.comparison = SingleComparison(
          operation, first.type, second.type, at: expression.span, isStrict: functions.isEmpty)
      }
      return value
    case .index(let base, let index):
      return check(index: index, of: base)
    case .field(let base, let field):
      return check(field: field, of: base)
    case .call(let call):
      return check(call, at: expression.span)
    case .function(let function):
      return check(function)
    case .conditional(let conditional):
      return check(conditional)
    }
  }

  /// Checks an expression whose type is known beforehand.
  @discardableResult
  mutating func check(
    _ expression: Expression, wants type: ValueType, _ role: String
  ) -> CheckedValue {
    let value = check(expression)
    if !type.mayAccept(value.type) {
      report(
        .wrongType, "expected \(type) as \(role), got \(value.type)", at: expression.span)
    }
    return value
  }

  private mutating func check(
    _ operation: UnaryOperator, _ operand: Expression, _ whole: Expression
  ) -> CheckedValue {
    let value = check(operand)
    let wanted: ValueType = operation == .not ? .bool : .either([.float, .tensor])
    guard wanted.mayAccept(value.type) else {
      report(
        .wrongOperands, "`\(operation.rawValue)` is not defined for \(value.type)", at: whole.span)
      return CheckedValue(.any)
    }
    var literal: Literal?
    switch (operation, value.literal) {
    case (.negate, .int(let number)): literal = .int(-number)
    case (.negate, .float(let number)): literal = .float(-number)
    default: break
    }
    var result = CheckedValue(operation == .not ? .bool : value.type, literal: literal)
    if operation == .not { result.comparison = value.comparison }
    return result
  }

  private mutating func check(list elements: [Expression]) -> CheckedValue {
    var element: ValueType?
    var literals: [Literal]? = []
    for expression in elements {
      let value = check(expression)
      element = element?.union(value.type) ?? value.type
      if let literal = value.literal { literals?.append(literal) } else { literals = nil }
    }
    return CheckedValue(.list(element ?? .any), literal: literals.map { .list($0) })
  }

  /// Checks an operation on operands of the given types.
  @discardableResult
  mutating func checkOperation(
    _ operation: BinaryOperator, _ left: ValueType, _ right: ValueType, _ whole: Expression
  ) -> CheckedValue {
    guard let type = OperatorTypes.result(operation, left, right) else {
      report(
        .wrongOperands,
        "`\(operation.rawValue)` is not defined for \(left) and \(right)", at: whole.span,
        suggestion: operandHint(operation, left, right, whole))
      return CheckedValue(.any)
    }
    if operation == .equal || operation == .notEqual, left == .float || right == .float {
      report(
        .floatEquality, "comparing floats with `\(operation.rawValue)`", at: whole.span,
        suggestion: "compare `abs(a - b)` with a tolerance")
    }
    return CheckedValue(type)
  }

  private func operandHint(
    _ operation: BinaryOperator, _ left: ValueType, _ right: ValueType, _ whole: Expression
  ) -> String? {
    if operation == .subtract, left == .function, case .binary(_, let first, _) = whole.kind,
      case .name(let name) = first.kind
    {
      return "to pass a negative value, write `\(name)(-x)` or `\(name) -x`"
    }
    if operation == .add, left == .string || right == .string {
      return "insert values into text with braces: \"{x} steps\""
    }
    if left == .bool || right == .bool, operation != .and, operation != .or {
      return "a bool is not a number; use `if`"
    }
    return nil
  }

  private mutating func check(index: Expression, of base: Expression) -> CheckedValue {
    let whole = check(base)
    switch whole.type {
    case .list(let element):
      check(index, wants: .either([.int, .range]), "an index")
      return CheckedValue(element)
    case .string, .range:
      check(index, wants: .int, "an index")
      return CheckedValue(whole.type == .string ? .string : .int)
    case .record:
      check(index, wants: .string, "a field name")
    case .tensor:
      check(index, wants: .either([.int, .range, .list, .record]), "a tensor index")
    case .any, .either, .handle:
      check(index)
    default:
      check(index)
      report(.wrongOperands, "\(whole.type) has no elements", at: base.span)
    }
    return CheckedValue(.any)
  }

  private mutating func check(field: Identifier, of base: Expression) -> CheckedValue {
    let whole = check(base)
    switch whole.type {
    case .record, .handle, .any, .either: break
    default:
      report(
        .unknownField, "\(whole.type) has no field `\(field.name)`", at: field.span)
    }
    return CheckedValue(.any)
  }

  private mutating func check(_ conditional: Conditional) -> CheckedValue {
    let condition = check(conditional.condition, wants: .bool, "the condition of `if`")
    let then = check(conditional.then)
    let otherwise = conditional.otherwise.map { check($0) }
    var value = CheckedValue(otherwise.map { then.type.union($0.type) } ?? .any)
    if value.type.mayAccept(.bool) {
      value.comparison = then.comparison ?? otherwise?.comparison ?? condition.comparison
    }
    return value
  }
}
