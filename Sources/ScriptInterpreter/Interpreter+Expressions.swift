import Diagnostics
import OrderedCollections
import ScriptChecker
import ScriptSyntax

extension Interpreter {
  func evaluate(_ expression: Expression, in scope: Scope) throws -> Value {
    try charge(at: expression.span)
    evaluationDepth += 1
    defer { evaluationDepth -= 1 }
    guard evaluationDepth <= limits.evaluationDepth else {
      throw failure(
        .depthLimit,
        "expressions and calls are nested more than \(limits.evaluationDepth) levels deep",
        at: expression.span)
    }
    switch expression.kind {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .int(let value): return .int(value)
    case .float(let value): return .float(value)
    case .string(let segments):
      return try evaluate(segments, in: scope, at: expression.span)
    case .name(let name):
      return try evaluate(name: name, in: scope, at: expression.span)
    case .list(let elements):
      return try admit(
        .list(of: try elements.map { try evaluate($0, in: scope) }), at: expression.span)
    case .record(let entries):
      return try evaluate(entries, in: scope, at: expression.span)
    case .range(let first, let last):
      return try evaluateRange(first, last, in: scope, at: expression.span)
    case .unary(let operation, let operand):
      let value = try evaluate(operand, in: scope)
      return try apply(operation, value, at: expression.span)
    case .binary(let operation, let left, let right):
      return try evaluate(operation, left, right, in: scope, at: expression.span)
    case .index(let base, let index):
      let whole = try evaluate(base, in: scope)
      return noteTruth(try element(of: whole, try evaluate(index, in: scope), at: index.span))
    case .field(let base, let field):
      return noteTruth(try self.field(field, of: try evaluate(base, in: scope)))
    case .call(let call):
      return try evaluate(call, in: scope, at: expression.span)
    case .function(let function):
      return try makeFunction(function, in: scope, at: expression.span)
    case .conditional(let conditional):
      return try evaluate(conditional, in: scope)
    }
  }

  private func evaluate(
    _ segments: [StringSegment], in scope: Scope, at span: SourceSpan
  ) throws -> Value {
    var text = ""
    for segment in segments {
      switch segment {
      case .text(let part): text += part
      case .interpolation(let part):
        let value = try evaluate(part, in: scope)
        text += try self.text(of: value, behind: text.utf8.count, at: part.span)
      }
    }
    return try admit(.string(text), at: span)
  }

  private func evaluate(name: String, in scope: Scope, at span: SourceSpan) throws -> Value {
    if let value = scope.lookUp(name) {
      if case .bool = value, scope.mayBeSingle(name) { comparedSingles = true }
      return value
    }
    if host.signatures.constant(name) != nil {
      return try placing(name, at: span) { try host.constant(name) }
    }
    if let command = host.signatures.command(name) {
      return .function(
        FunctionValue(command: command.name, numericsVersion: command.numericsVersion))
    }
    throw failure(.unknownName, "unknown name `\(name)`", at: span)
  }

  /// Nobody knows what a truth value out of a list or record was made from.
  private func noteTruth(_ value: Value) -> Value {
    if case .bool = value { comparedSingles = true }
    return value
  }

  private func evaluate(
    _ entries: [RecordEntry], in scope: Scope, at span: SourceSpan
  ) throws -> Value {
    var fields: OrderedDictionary<String, Value> = [:]
    for entry in entries { fields[entry.key.name] = try evaluate(entry.value, in: scope) }
    return try admit(.record(of: fields), at: span)
  }

  private func evaluateRange(
    _ first: Expression, _ last: Expression, in scope: Scope, at span: SourceSpan
  ) throws -> Value {
    let lower = try evaluate(first, in: scope)
    let upper = try evaluate(last, in: scope)
    if let pending = lower.pendingPart ?? upper.pendingPart { return pending }
    if case .int(let lower) = lower, case .int(let upper) = upper {
      return .range(.ints(lower, upper))
    }
    if let lower = lower.number, let upper = upper.number { return .range(.floats(lower, upper)) }
    throw failure(
      .wrongOperands,
      "expected numbers in a range, got \(lower.summary) to "
        + upper.summary, at: span)
  }

  private func evaluate(_ conditional: Conditional, in scope: Scope) throws -> Value {
    let condition = try evaluate(conditional.condition, in: scope)
    if condition.isPending {
      // Either branch may turn out to be needed.
      host.leavesOpen()
      _ = try execute(conditional.then, in: scope)
      if let otherwise = conditional.otherwise { _ = try execute(otherwise, in: scope) }
      return condition
    }
    guard case .bool(let holds) = condition else {
      throw failure(
        .wrongType, "expected bool as the condition of `if`, got \(condition.summary)",
        at: conditional.condition.span)
    }
    if holds { return try execute(conditional.then, in: scope) }
    return try conditional.otherwise.map { try execute($0, in: scope) } ?? .none
  }

  /// `value[index]`
  private func element(of whole: Value, _ index: Value, at span: SourceSpan) throws -> Value {
    if index.isPending { return index }
    switch (whole, index) {
    case (.list(let list), .int(let number)):
      return list[try position(number, in: list.count, of: whole, at: span)]
    case (.list(let list), .range(.ints(let lower, let upper))):
      guard lower <= upper else { return .list([]) }
      let first = try position(lower, in: list.count, of: whole, at: span)
      let last = try position(upper, in: list.count, of: whole, at: span)
      return first <= last ? try admit(.list(of: list[first...last]), at: span) : .list([])
    case (.range(.ints(let lower, _)), .int(let number)):
      guard case .range(let range) = whole, let count = range.count else { break }
      return .int(lower + (try position(number, in: count, of: whole, at: span)))
    case (.string(let text), .int(let number)):
      try charge(text.utf8.count / 16, at: span)
      let letters = Array(text)
      return .string(String(letters[try position(number, in: letters.count, of: whole, at: span)]))
    case (.record(let record), .string(let name)):
      if let value = record[name] { return value }
      throw unknownField(name, whole, among: Array(record.fields.keys), at: span)
    case (.handle(let handle), _):
      if let value = try placing(handle.typeName, at: span, { try handle.element(index) }) {
        return try admit(part: value, at: span)
      }
      if handle.isPending { return whole }
    default: break
    }
    throw failure(
      .wrongOperands, "\(whole.summary) has no element \(index.abbreviated())", at: span)
  }

  /// A place in a list counted from 0, or from -1 at the end.
  private func position(
    _ index: Int, in count: Int, of whole: Value, at span: SourceSpan
  ) throws -> Int {
    let place = index < 0 ? index + count : index
    guard place >= 0, place < count else {
      throw failure(
        .indexOutOfRange, "index \(index) is out of range for \(container(whole, count))", at: span,
        suggestion: count == 0 ? "it is empty" : "valid: 0 to \(count - 1)")
    }
    return place
  }

  private func container(_ whole: Value, _ count: Int) -> String {
    if case .string = whole { return "the string of \(counted(count, "character"))" }
    return "the \(whole.type == .range ? "range" : "list") of \(counted(count, "element"))"
  }

  /// `value.name`
  private func field(_ field: Identifier, of whole: Value) throws -> Value {
    switch whole {
    case .record(let record):
      if let value = record[field.name] { return value }
      throw unknownField(field.name, whole, among: Array(record.fields.keys), at: field.span)
    case .handle(let handle):
      let value = try placing(handle.typeName, at: field.span) { try handle.field(field.name) }
      if let value { return try admit(part: value, at: field.span) }
      if handle.isPending { return whole }
      throw unknownField(field.name, whole, among: handle.fieldNames, at: field.span)
    default:
      throw failure(
        .unknownField, "\(whole.summary) has no field `\(field.name)`", at: field.span)
    }
  }

  private func unknownField(
    _ name: String, _ whole: Value, among names: [String], at span: SourceSpan
  ) -> ScriptError {
    var suggestion = Spelling.suggestion(for: name, among: names)
    if suggestion == nil, !names.isEmpty {
      suggestion = "fields: \(names.prefix(12).joined(separator: ", "))"
    }
    return failure(
      .unknownField, "\(whole.type) has no field `\(name)`", at: span, suggestion: suggestion)
  }
}
