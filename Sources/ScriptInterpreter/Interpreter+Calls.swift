import Diagnostics
import ScriptChecker
import ScriptSyntax

extension Interpreter {
  // MARK: - From the host

  /// Calls a function value with positional arguments.
  public func call(_ function: FunctionValue, _ arguments: [Value]) throws -> Value {
    let span =
      callStack.last?.span
      ?? SourceSpan(
        file: SourceFile(path: "host", text: ""), start: 0, end: 0)
    return try call(function, arguments, at: span)
  }

  public func call(
    _ function: FunctionValue, _ arguments: [Value], at span: SourceSpan
  ) throws -> Value {
    switch function.kind {
    case .closure(let closure):
      let slots = closure.node.parameters.count
      guard arguments.count <= slots, arguments.count >= closure.node.requiredCount else {
        throw wrongCount(function, arguments.count, at: span)
      }
      let padding = [Value?](repeating: nil, count: slots - arguments.count)
      return try enter(
        closure, arguments.map { Optional($0) } + padding,
        spans: Array(repeating: span, count: slots), at: span)
    case .command(let name, _):
      guard let signature = host.signatures.command(name) else {
        throw failure(.unknownName, "unknown command `\(name)`", at: span)
      }
      guard arguments.count <= signature.positional.count else {
        throw wrongCount(function, arguments.count, at: span)
      }
      var values: [Value?] = Array(repeating: nil, count: signature.parameters.count)
      for (index, argument) in arguments.enumerated() { values[index] = argument }
      let spans: [SourceSpan?] = values.map { $0 == nil ? nil : span }
      return try run(signature, values, spans: spans, at: span)
    }
  }

  private func wrongCount(
    _ function: FunctionValue, _ count: Int, at span: SourceSpan
  ) -> ScriptError {
    var wanted = ""
    if let arity = function.arity {
      wanted =
        arity.count == 1 ? "\(arity.lowerBound)" : "\(arity.lowerBound) to \(arity.upperBound)"
      wanted = ", expected \(wanted)"
    }
    return failure(
      .tooManyArguments,
      "\(Value.function(function).summary) got \(counted(count, "argument"))"
        + wanted, at: span)
  }

  // MARK: - From scripts

  func evaluate(_ call: Call, in scope: Scope, at span: SourceSpan) throws -> Value {
    if case .name(let name) = call.callee.kind, scope.lookUp(name) == nil,
      let signature = host.signatures.command(name)
    {
      return try evaluate(call, of: signature, in: scope, at: span)
    }
    let callee = try evaluate(call.callee, in: scope)
    if callee.isPending { return callee }
    guard case .function(let function) = callee else {
      throw failure(.notAFunction, "\(callee.summary) cannot be called", at: call.callee.span)
    }
    switch function.kind {
    case .closure(let closure):
      let (values, spans) = try bind(
        call, closure.node.slots, of: closure.node.displayName, in: scope, at: span)
      return try enter(closure, values, spans: spans.map { $0 ?? span }, at: span)
    case .command(let name, _):
      guard let signature = host.signatures.command(name) else {
        throw failure(.unknownName, "unknown command `\(name)`", at: span)
      }
      return try evaluate(call, of: signature, in: scope, at: span)
    }
  }

  private func evaluate(
    _ call: Call, of signature: CommandSignature, in scope: Scope, at span: SourceSpan
  ) throws -> Value {
    let (values, spans) = try bind(call, signature.slots, of: signature.name, in: scope, at: span)
    return try run(signature, values, spans: spans, at: span)
  }

  /// Evaluates the arguments from left to right and sorts them by parameter.
  private func bind(
    _ call: Call, _ slots: [ParameterSlot], of name: String, in scope: Scope, at span: SourceSpan
  ) throws -> (values: [Value?], spans: [SourceSpan?]) {
    let match = ArgumentMatch(call.arguments, to: slots, of: name, at: span)
    if let problem = match.diagnostics.first { throw ScriptError(problem, callStack: callStack) }
    let values = try call.arguments.map { try evaluate($0.value, in: scope) }
    return (
      match.arguments.map { $0.map { values[$0] } },
      match.arguments.map { $0.map { call.arguments[$0].value.span } }
    )
  }

  // MARK: - Commands

  /// Checks the values against the signature, fills in defaults and runs the command.
  private func run(
    _ signature: CommandSignature, _ given: [Value?], spans: [SourceSpan?], at span: SourceSpan
  ) throws -> Value {
    var values: [Value] = []
    for (index, parameter) in signature.parameters.enumerated() {
      guard let value = given[index] else {
        guard let standard = parameter.defaultValue else {
          throw failure(
            .missingArgument, "`\(signature.name)` is missing the argument `\(parameter.name)`",
            at: span)
        }
        values.append(converted(Value(standard), to: parameter.type))
        continue
      }
      if let pending = value.pendingPart, value.converted(to: parameter.type) == nil {
        return pending
      }
      values.append(
        try fit(value, parameter, of: signature.name, at: spans[index] ?? span))
      if parameter.path?.isWritten == true, case .string(let path) = value {
        try noteOutput("the file", path, at: spans[index] ?? span)
      }
    }
    let arguments = BoundArguments(
      signature: signature, span: span, values: values, spans: spans)
    return try inFrame(signature.name, at: span) {
      let result = try placing(signature.name, at: span) {
        if CoreLibrary.contains(signature.name) {
          return try CoreLibrary(interpreter: self, arguments: arguments).run()
        }
        // A command of the host may walk all that it is given, for instance to hash it.
        let weight = values.reduce(0) { $0 + $1.extent.weight }
        try meter.charge(1 + weight / 16)
        let result = try host.call(
          signature.name, arguments: arguments, at: span, interpreter: self)
        // What it keeps of it behind a handle is memory of the script.
        if case .handle(let handle) = result, !(handle is any NumericHandle) {
          try meter.take(weight, times: 16)
        }
        return result
      }
      return try admit(result, at: span)
    }
  }

  private func converted(_ value: Value, to type: ValueType) -> Value {
    value.converted(to: type) ?? value
  }

  private func fit(
    _ value: Value, _ parameter: ParameterSignature, of callee: String, at span: SourceSpan
  ) throws -> Value {
    let result = try fit(value, parameter.type, parameter.name, of: callee, at: span)
    if let domain = parameter.domain, let literal = result.literal, literal != .nothing,
      !domain.contains(literal)
    {
      var suggestion: String?
      if case .string(let word) = literal {
        suggestion = Spelling.suggestion(for: word, among: domain.words)
      }
      throw failure(
        .outsideDomain,
        "`\(parameter.name)` of `\(callee)` is \(value.abbreviated()), expected "
          + domain.requirement, at: span, suggestion: suggestion)
    }
    return result
  }

  private func fit(
    _ value: Value, _ type: ValueType, _ name: String, of callee: String, at span: SourceSpan
  ) throws -> Value {
    let cost = value.conversionCost(to: type)
    if cost > 0 {
      try requireCount(cost == .max ? nil : cost, at: span)
      try charge(cost / 16, at: span)
    }
    guard let result = value.converted(to: type) else {
      throw failure(
        .wrongType, "`\(name)` of `\(callee)` expects \(type), got \(value.summary)", at: span)
    }
    return result
  }

  // MARK: - Functions

  /// A function with the values it uses from outside.
  func makeFunction(_ node: FunctionNode, in scope: Scope, at span: SourceSpan) throws -> Value {
    try charge(node.freeNames.count / 4, at: span)
    var captured: [String: Value] = [:]
    var commands: [String: Int] = [:]
    for name in node.freeNames {
      if let value = scope.lookUp(name) {
        captured[name] = value
      } else if let command = host.signatures.command(name) {
        commands[name] = command.numericsVersion
      }
    }
    let closure = FunctionValue.Closure(node: node, captured: captured, commands: commands)
    return try admit(.function(FunctionValue(closure)), at: span)
  }

  private func enter(
    _ closure: FunctionValue.Closure, _ given: [Value?], spans: [SourceSpan], at span: SourceSpan
  ) throws -> Value {
    let node = closure.node
    let identity = ObjectIdentifier(node)
    guard !openFunctions.contains(identity) else {
      throw failure(
        .recursion, "`\(node.displayName)` calls itself; recursion is not supported",
        at: span, suggestion: "use `for`, `map` or `fold` over a list or range")
    }
    return try inFrame(node.displayName, at: span) {
      openFunctions.insert(identity)
      defer { openFunctions.remove(identity) }
      let scope = Scope(captured: closure.captured)
      for (index, parameter) in node.parameters.enumerated() {
        var value: Value
        if let argument = given[index] {
          value = argument
        } else if let standard = parameter.defaultValue {
          value = try evaluate(standard, in: scope)
        } else {
          throw failure(
            .missingArgument,
            "`\(node.displayName)` is missing the argument `\(parameter.name.name)`",
            at: span)
        }
        if let name = parameter.type, value.pendingPart == nil {
          let type = try placing(node.displayName, at: span) {
            try ValueType(name, known: host.signatures.typeNames)
          }
          value = try fit(
            value, type, parameter.name.name, of: node.displayName, at: spans[index])
        }
        scope.bind(parameter.name.name, value)
      }
      return try execute(node.body, in: scope)
    }
  }

  /// Runs a call inside a frame of the call stack.
  private func inFrame(
    _ name: String, at span: SourceSpan, _ body: () throws -> Value
  ) throws -> Value {
    guard callStack.count < limits.callDepth else {
      throw failure(
        .depthLimit, "calls are nested more than \(limits.callDepth) levels deep", at: span)
    }
    callStack.append(CallFrame(name: name, span: span))
    defer { callStack.removeLast() }
    return try body()
  }
}
