import Diagnostics
import ScriptSyntax

extension Interpreter {
  func apply(_ operation: UnaryOperator, _ value: Value, at span: SourceSpan) throws -> Value {
    if value.isPending { return value }
    switch (operation, value) {
    case (.not, .bool(let value)): return .bool(!value)
    case (.negate, .float(let value)): return .float(-value)
    case (.negate, .handle(let handle as any NumericHandle)):
      return try admit(try placing("-", at: span) { try handle.negated(meter) }, at: span)
    case (.negate, .int(let value)):
      let (result, overflow) = 0.subtractingReportingOverflow(value)
      return .int(try exact(result, overflow, at: span))
    default:
      throw failure(
        .wrongOperands, "`\(operation.rawValue)` is not defined for \(value.summary)", at: span)
    }
  }

  /// `and` and `or` look at the right side only if it matters.
  func evaluate(
    _ operation: BinaryOperator, _ left: Expression, _ right: Expression, in scope: Scope,
    at span: SourceSpan
  ) throws -> Value {
    let first = try evaluate(left, in: scope)
    if first.isPending { return first }
    if operation == .and || operation == .or {
      guard case .bool(let value) = first else { throw mismatch(operation, first, nil, at: span) }
      if value == (operation == .or) { return first }
      let second = try evaluate(right, in: scope)
      if second.isPending { return second }
      guard case .bool = second else { throw mismatch(operation, first, second, at: span) }
      return second
    }
    return try apply(operation, first, try evaluate(right, in: scope), at: span)
  }

  private func apply(
    _ operation: BinaryOperator, _ left: Value, _ right: Value, at span: SourceSpan
  ) throws -> Value {
    if right.isPending { return right }
    switch operation {
    case .equal, .notEqual:
      if let pending = left.pendingPart ?? right.pendingPart { return pending }
      try charge(min(left.extent.weight, right.extent.weight), at: span)
      noteComparison(left, right)
      return .bool(left.isEqual(to: right) == (operation == .equal))
    case .less, .lessOrEqual, .greater, .greaterOrEqual:
      try charge(min(left.extent.weight, right.extent.weight) / 16, at: span)
      comparedSingles = true
      guard let order = left.compare(right) else {
        throw mismatch(operation, left, right, at: span)
      }
      return .bool(holds(operation, order))
    case .contains:
      comparedSingles = true
      return .bool(try contains(right, left, at: span))
    case .add:
      return try add(left, right, at: span)
    default:
      return try calculate(operation, left, right, at: span)
    }
  }

  /// Equality of two integers, texts or truth values is a matter of counts and names; all else
  /// may have been measured, and an order always may.
  private func noteComparison(_ left: Value, _ right: Value) {
    switch (left, right) {
    case (.int, .int), (.string, .string), (.bool, .bool), (.none, _), (_, .none): break
    default: comparedSingles = true
    }
  }

  private func holds(_ operation: BinaryOperator, _ order: Value.Ordering) -> Bool {
    switch (operation, order) {
    case (.less, .less), (.lessOrEqual, .less), (.lessOrEqual, .same), (.greater, .greater),
      (.greaterOrEqual, .greater), (.greaterOrEqual, .same):
      return true
    default: return false
    }
  }

  /// `element in whole`
  private func contains(_ whole: Value, _ element: Value, at span: SourceSpan) throws -> Bool {
    switch (whole, element) {
    case (.list(let list), _):
      try charge(list.count, at: span)
      try charge(list.comparing(with: element), at: span)
      return list.contains { $0.isEqual(to: element) }
    case (.range(.ints(let lower, let upper)), .int(let value)):
      return lower <= value && value <= upper
    case (.range(let range), .int(let value)): return range.contains(Double(value))
    case (.range(let range), .float(let value)): return range.contains(value)
    case (.record(let record), .string(let name)): return record[name] != nil
    case (.string(let text), .string(let part)):
      try charge((text.utf8.count + part.utf8.count) / 16, at: span)
      return ByteSearch(Array(part.utf8)).first(in: Array(text.utf8)) != nil
    default: throw mismatch(.contains, element, whole, at: span)
    }
  }

  private func add(_ left: Value, _ right: Value, at span: SourceSpan) throws -> Value {
    switch (left, right) {
    case (.string(let a), .string(let b)):
      return try admit(.string(a + b), at: span)
    case (.list, .list), (.list, .range), (.range, .list), (.range, .range):
      let (first, second) = (try elements(left, at: span), try elements(right, at: span))
      try requireCount(first.count + second.count, at: span)
      return try admit(.list(of: first + second), at: span)
    default:
      return try calculate(.add, left, right, at: span)
    }
  }

  /// The elements of a list or a range of integers.
  func elements(_ value: Value, at span: SourceSpan) throws -> [Value] {
    switch value {
    case .list(let list):
      try charge(list.count / 16, at: span)
      return list.elements
    case .range(let range):
      guard case .ints = range else { break }
      try requireCount(range.count, at: span)
      try charge(range.count ?? 0, at: span)
      return (range.integers ?? []).map(Value.int)
    default: break
    }
    throw failure(.wrongType, "expected a list, found \(value.summary)", at: span)
  }

  /// Arithmetic: integers stay integers, a float makes the result a float.
  private func calculate(
    _ operation: BinaryOperator, _ left: Value, _ right: Value, at span: SourceSpan
  ) throws -> Value {
    if case .int(let a) = left, case .int(let b) = right, operation != .divide {
      return .int(try calculate(operation, a, b, at: span))
    }
    if let result = try calculate(operation, onHandles: left, right, at: span) { return result }
    guard let a = left.number, let b = right.number else {
      throw mismatch(operation, left, right, at: span)
    }
    switch operation {
    case .add: return .float(try finite(a + b, at: span))
    case .subtract: return .float(try finite(a - b, at: span))
    case .multiply: return .float(try finite(a * b, at: span))
    case .divide:
      guard b != 0 else { throw failure(.divisionByZero, "division by zero", at: span) }
      return .float(try finite(a / b, at: span))
    case .power:
      guard case .int(let exponent) = right else { break }
      if a == 0, exponent < 0 { throw failure(.divisionByZero, "division by zero", at: span) }
      return .float(try finite(integerPower(a, exponent), at: span))
    default: break
    }
    throw mismatch(operation, left, right, at: span)
  }

  /// Arithmetic that a handle on either side defines; nil where none does.
  private func calculate(
    _ operation: BinaryOperator, onHandles left: Value, _ right: Value, at span: SourceSpan
  ) throws -> Value? {
    var result: Value?
    if case .handle(let handle as any NumericHandle) = left {
      result = try placing(operation.rawValue, at: span) {
        try handle.combined(operation, with: right, isLeft: true, meter)
      }
    } else if case .handle(let handle as any NumericHandle) = right {
      result = try placing(operation.rawValue, at: span) {
        try handle.combined(operation, with: left, isLeft: false, meter)
      }
    }
    return try result.map { try admit($0, at: span) }
  }

  private func calculate(
    _ operation: BinaryOperator, _ a: Int, _ b: Int, at span: SourceSpan
  ) throws -> Int {
    switch operation {
    case .add:
      let (result, overflow) = a.addingReportingOverflow(b)
      return try exact(result, overflow, at: span)
    case .subtract:
      let (result, overflow) = a.subtractingReportingOverflow(b)
      return try exact(result, overflow, at: span)
    case .multiply:
      let (result, overflow) = a.multipliedReportingOverflow(by: b)
      return try exact(result, overflow, at: span)
    case .power:
      return try power(a, b, at: span)
    default:
      guard b != 0 else { throw failure(.divisionByZero, "division by zero", at: span) }
      // Rounds down, so that the remainder has the divisor's sign.
      let (quotient, overflow) = a.dividedReportingOverflow(by: b)
      _ = try exact(quotient, overflow, at: span)
      let remainder = a - quotient * b
      let isBelow = remainder != 0 && (remainder < 0) != (b < 0)
      if operation == .floorDivide { return isBelow ? quotient - 1 : quotient }
      return isBelow ? remainder + b : remainder
    }
  }

  private func power(_ base: Int, _ exponent: Int, at span: SourceSpan) throws -> Int {
    guard exponent >= 0 else {
      throw failure(
        .invalidValue, "an int cannot be raised to a negative power", at: span,
        suggestion: "write `1 / x ** n`, or make the base a float")
    }
    if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
    if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
    var result = 1
    for _ in 0..<min(exponent, 64) {
      let (next, overflow) = result.multipliedReportingOverflow(by: base)
      result = try exact(next, overflow, at: span)
    }
    return result
  }

  func exact(_ value: Int, _ overflow: Bool, at span: SourceSpan) throws -> Int {
    guard overflow else { return value }
    throw failure(
      .integerOverflow, "the result does not fit in a 64-bit integer", at: span,
      suggestion: "use a float operand if rounding is acceptable")
  }

  /// Neither infinity nor NaN: no result may be made from either.
  func finite(_ value: Double, at span: SourceSpan) throws -> Double {
    guard !value.isFinite else { return value }
    throw failure(.integerOverflow, "the result is too large for a float", at: span)
  }

  private func mismatch(
    _ operation: BinaryOperator, _ left: Value, _ right: Value?, at span: SourceSpan
  ) -> ScriptError {
    let operands = right.map { "\(left.summary) and \($0.summary)" } ?? left.summary
    return failure(
      .wrongOperands, "`\(operation.rawValue)` is not defined for \(operands)", at: span)
  }
}

extension Value {
  /// The value of an int or float.
  public var number: Double? {
    switch self {
    case .int(let value): return Double(value)
    case .float(let value): return value
    default: return nil
    }
  }
}

extension ListValue {
  /// The work of comparing every element with a value, in steps beyond one for each.
  func comparing(with value: Value) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: value.extent.weight)
    return Swift.min(extent.weight, overflow ? .max : product) / 4
  }
}

/// By repeated squaring: the same bits everywhere, which the C library's `pow` does not promise.
public func integerPower<Number: FloatingPoint>(_ base: Number, _ exponent: Int) -> Number {
  var result: Number = 1
  var factor = base
  var rest = exponent.magnitude
  while rest > 0 {
    if rest & 1 == 1 { result *= factor }
    factor *= factor
    rest >>= 1
  }
  return exponent < 0 ? 1 / result : result
}
