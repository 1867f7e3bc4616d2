import Canonical

/// The tree as bytes, without places, comments, layout and the spelling of calls: two pieces of
/// code with equal bytes compute the same from the same surroundings.
extension FunctionNode {
  public var canonicalBytes: [UInt8] {
    var encoder = CanonicalEncoder()
    encode(into: &encoder)
    return encoder.bytes
  }

  func encode(into encoder: inout CanonicalEncoder) {
    encoder.append(parameters.count)
    for parameter in parameters {
      encoder.append(parameter.name.name)
      encoder.append(parameter.type?.canonicalName ?? "")
      encoder.append(parameter.defaultValue == nil ? 0 : 1)
      parameter.defaultValue?.encode(into: &encoder)
    }
    body.encode(into: &encoder)
  }
}

extension TypeName {
  var canonicalName: String {
    elements.reduce(name) { "\($0)(\($1.canonicalName))" }
  }
}

extension Block {
  func encode(into encoder: inout CanonicalEncoder) {
    let meaningful = statements.filter { if case .prose = $0.kind { false } else { true } }
    encoder.append(meaningful.count)
    for statement in meaningful { statement.encode(into: &encoder) }
  }
}

extension Statement {
  /// Only what may stand in a function, where alone code becomes a value.
  func encode(into encoder: inout CanonicalEncoder) {
    switch kind {
    case .binding(let binding):
      encoder.append("let")
      encoder.append(binding.name.name)
      binding.value.encode(into: &encoder)
    case .function(let function):
      encoder.append("function")
      encoder.append(function.name?.name ?? "")
      function.encode(into: &encoder)
    case .expression(let expression):
      encoder.append("expression")
      expression.encode(into: &encoder)
    case .loop(let loop):
      encoder.append("for")
      encoder.append(loop.variable.name)
      loop.sequence.encode(into: &encoder)
      loop.body.encode(into: &encoder)
    case .parameter, .seed, .include, .table, .row, .claim, .figure, .prose:
      encoder.append("misplaced")
    }
  }
}

extension Expression {
  func encode(into encoder: inout CanonicalEncoder) {
    switch kind {
    case .none:
      encoder.append("none")
    case .bool(let value):
      encoder.append("bool")
      encoder.append(value ? 1 : 0)
    case .int(let value):
      encoder.append("int")
      encoder.append(value)
    case .float(let value):
      encoder.append("float")
      encoder.append(value)
    case .string(let segments):
      encoder.append("string")
      encoder.append(segments.count)
      for segment in segments {
        switch segment {
        case .text(let text):
          encoder.append("text")
          encoder.append(text)
        case .interpolation(let part):
          encoder.append("part")
          part.encode(into: &encoder)
        }
      }
    case .name(let name):
      encoder.append("name")
      encoder.append(name)
    case .list(let elements):
      encoder.append("list")
      encoder.append(elements.count)
      for element in elements { element.encode(into: &encoder) }
    case .record(let entries):
      encoder.append("record")
      encoder.append(entries.count)
      for entry in entries {
        encoder.append(entry.key.name)
        entry.value.encode(into: &encoder)
      }
    case .range(let first, let last):
      encoder.append("range")
      first.encode(into: &encoder)
      last.encode(into: &encoder)
    case .unary(let operation, let operand):
      encoder.append("unary \(operation.rawValue)")
      operand.encode(into: &encoder)
    case .binary(let operation, let left, let right):
      encoder.append("binary \(operation.rawValue)")
      left.encode(into: &encoder)
      right.encode(into: &encoder)
    case .index(let base, let index):
      encoder.append("index")
      base.encode(into: &encoder)
      index.encode(into: &encoder)
    case .field(let base, let field):
      encoder.append("field")
      encoder.append(field.name)
      base.encode(into: &encoder)
    case .call(let call):
      encoder.append("call")
      call.callee.encode(into: &encoder)
      encoder.append(call.arguments.count)
      for argument in call.arguments {
        encoder.append(argument.label == nil ? 0 : 1)
        encoder.append(argument.label?.name ?? "")
        argument.value.encode(into: &encoder)
      }
    case .function(let function):
      encoder.append("function")
      function.encode(into: &encoder)
    case .conditional(let conditional):
      encoder.append("if")
      conditional.condition.encode(into: &encoder)
      conditional.then.encode(into: &encoder)
      encoder.append(conditional.otherwise == nil ? 0 : 1)
      conditional.otherwise?.encode(into: &encoder)
    }
  }
}
