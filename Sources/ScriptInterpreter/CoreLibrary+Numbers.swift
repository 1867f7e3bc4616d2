import Diagnostics

extension CoreLibrary {
  func sum() throws -> Value {
    let values = try elements("values")
    var whole = 0
    var isWhole = true
    for value in values {
      guard case .int(let number) = value else {
        isWhole = false
        break
      }
      let (next, overflow) = whole.addingReportingOverflow(number)
      whole = try interpreter.exact(next, overflow, at: arguments.span)
    }
    if isWhole { return .int(whole) }
    return try finite(values.reduce(0) { $0 + ($1.number ?? .nan) })
  }

  private func finite(_ value: Double) throws -> Value {
    .float(try interpreter.finite(value, at: arguments.span))
  }

  func mean() throws -> Value {
    let values = try numbers(atLeast: 1)
    return try finite(values.reduce(0, +) / Double(values.count))
  }

  func deviation() throws -> Value {
    let values = try numbers(atLeast: 2)
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return try finite((squares / Double(values.count - 1)).squareRoot())
  }

  func median() throws -> Value {
    let values = try numbers(atLeast: 1)
    guard !values.contains(where: \.isNaN) else { return .float(.nan) }
    try meter.charge(values.count, times: 2)
    let sorted = values.sorted()
    let middle = sorted.count / 2
    if sorted.count % 2 == 1 { return .float(sorted[middle]) }
    return try finite((sorted[middle - 1] + sorted[middle]) / 2)
  }

  /// The smallest or largest number; NaN if there is one.
  func extreme(_ wanted: Value.Ordering) throws -> Value {
    let values = try elements("values")
    guard var best = values.first else { throw arguments.failure("values", "is empty") }
    for value in values {
      let order = value.compare(best)
      if order == .unordered { return .float(.nan) }
      if order == wanted { best = value }
    }
    return best
  }

  func abs() throws -> Value {
    guard case .int(let number) = arguments["value"] else {
      return .float(try arguments.float("value").magnitude)
    }
    let (negated, overflow) = 0.subtractingReportingOverflow(number)
    return .int(number < 0 ? try interpreter.exact(negated, overflow, at: arguments.span) : number)
  }

  func within() throws -> Value {
    let distance = try arguments.float("value") - arguments.float("target")
    let tolerance = try arguments.float("tolerance")
    if tolerance == 0 { interpreter.comparedSingles = true }
    return .bool(distance.magnitude <= tolerance)
  }

  func sqrt() throws -> Value {
    let value = try arguments.float("value")
    guard !(value < 0) else { throw arguments.failure("value", "is negative: \(value)") }
    return .float(value.squareRoot())
  }

  func round() throws -> Value {
    if case .int = arguments["value"] { return arguments["value"] }
    let value = try arguments.float("value")
    let digits = try arguments.int("digits")
    if digits == 0 { return try integer(value.rounded(.toNearestOrEven)) }
    guard value.isFinite else { return .float(value) }
    return .float(Double(DecimalText.fixed(value, digits: digits)) ?? value)
  }

  func whole(_ rule: FloatingPointRoundingRule) throws -> Value {
    if case .int = arguments["value"] { return arguments["value"] }
    return try integer(try arguments.float("value").rounded(rule))
  }

  private func integer(_ value: Double) throws -> Value {
    guard let number = Int(exactly: value) else {
      throw arguments.failure(
        "value", "is \(arguments["value"]), which does not fit in a 64-bit integer",
        code: .integerOverflow)
    }
    return .int(number)
  }

  private func numbers(atLeast count: Int) throws -> [Double] {
    _ = try elements("values")
    let values = try arguments.floats("values")
    guard values.count >= count else {
      throw arguments.failure(
        "values", "has \(counted(values.count, "element")), expected at least \(count)")
    }
    return values
  }
}
