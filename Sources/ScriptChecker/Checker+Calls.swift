import Diagnostics
import ScriptSyntax

extension CheckWalker {
  mutating func check(_ call: Call, at span: SourceSpan) -> CheckedValue {
    if case .name(let name) = call.callee.kind, let signature = command(named: name) {
      return check(call, of: signature, at: span)
    }
    let callee = check(call.callee)
    let values = check(arguments: call)
    guard ValueType.function.mayAccept(callee.type) else {
      report(
        .notAFunction, "\(callee.type) cannot be called", at: call.callee.span,
        suggestion: call.style == .command
          ? "is an operator missing? Write a difference as `a - b`" : nil)
      return CheckedValue(.any)
    }
    guard let function = callee.function else { return CheckedValue(.any) }
    var result = CheckedValue(callee.result)
    result.comparison = callee.comparison
    let name: String
    if case .name(let own) = call.callee.kind { name = own } else { name = function.displayName }
    let match = ArgumentMatch(call.arguments, to: function.slots, of: name, at: span)
    for diagnostic in match.diagnostics {
      var diagnostic = diagnostic
      let place = function.name?.span ?? function.span
      diagnostic.notes.append(Diagnostic.Note("`\(name)` is defined here", span: place))
      diagnostics.append(diagnostic)
    }
    for (parameter, index) in zip(function.parameters, match.arguments) {
      guard let index, let typeName = parameter.type,
        let type = try? ValueType(typeName, known: types)
      else { continue }
      requireType(
        values[index], type, parameter.name.name, of: name, at: call.arguments[index].value.span)
    }
    return result
  }

  private mutating func check(
    _ call: Call, of signature: CommandSignature, at span: SourceSpan
  ) -> CheckedValue {
    let values = check(arguments: call)
    let match = ArgumentMatch(call.arguments, to: signature.slots, of: signature.name, at: span)
    for diagnostic in match.diagnostics {
      var diagnostic = diagnostic
      diagnostic.notes.append(Diagnostic.Note(signature.declaration))
      diagnostics.append(diagnostic)
    }
    for (parameter, index) in zip(signature.parameters, match.arguments) {
      guard let index else { continue }
      let place = call.arguments[index].value.span
      let fits = requireType(
        values[index], parameter.type, parameter.name, of: signature.name, at: place,
        wanted: parameter.wanted)
      if fits {
        requireDomain(values[index], parameter, of: signature.name, at: place)
        requirePath(values[index], parameter, of: signature.name, at: place)
      }
    }
    if signature.draws, firstDraw == nil { firstDraw = (signature.name, span) }
    if signature.readsSeed, firstSeedRead == nil, functions.isEmpty {
      firstSeedRead = (signature.name, span)
    }
    return CheckedValue(signature.result)
  }

  private mutating func check(arguments call: Call) -> [CheckedValue] {
    let values = call.arguments.map { check($0.value) }
    // `print x |> f` passes on what print gives, which is nothing.
    guard call.style == .pipe, let piped = call.arguments.first?.value, values[0].type == .none,
      case .call(let inner) = piped.kind, inner.style == .command
    else { return values }
    report(
      .wrongType, "`\(inner.callee.span.text)` returns no value to pass on", at: piped.span,
      suggestion: "put it at the end (`x |> f |> \(inner.callee.span.text)`) or use brackets")
    return [CheckedValue(.any)] + values.dropFirst()
  }

  @discardableResult
  private mutating func requireType(
    _ value: CheckedValue, _ type: ValueType, _ parameter: String, of callee: String,
    at span: SourceSpan, wanted: String? = nil
  ) -> Bool {
    if type.mayAccept(value.type) { return true }
    report(
      .wrongType,
      "`\(parameter)` of `\(callee)` expects \(wanted ?? "\(type)"), got \(value.type)",
      at: span, suggestion: opener(of: type, from: value))
    return false
  }

  /// A text where a model or a dataset is wanted is most likely its name.
  private func opener(of type: ValueType, from value: CheckedValue) -> String? {
    guard case .string(let text)? = value.literal, case .handle = type,
      let command = signatures.commands.first(where: {
        $0.result == type && $0.positional.first?.type == .string && $0.cost == .cheap
          && $0.named.allSatisfy { !$0.isRequired }
      })
    else { return nil }
    return "write `\(command.name)(\(quoted(text)))`"
  }

  private mutating func requirePath(
    _ value: CheckedValue, _ parameter: ParameterSignature, of callee: String, at span: SourceSpan
  ) {
    guard let use = parameter.path, case .string(let path)? = value.literal else { return }
    if let fault = ScriptPath.fault(in: path) {
      report(
        .pathOutside, "`\(parameter.name)` of `\(callee)`: the path \(quoted(path)) \(fault)",
        at: span,
        suggestion: use.isWritten ? "write to \"out/...\"" : "read from \"data/...\"")
    } else if use == .writesOutput, !path.utf8.starts(with: "out/".utf8) {
      report(
        .pathOutside, "`\(parameter.name)` of `\(callee)`: \(quoted(path)) is not under out/",
        at: span, suggestion: "write to \"out/...\"")
    } else if use.isWritten {
      noteOutput("the file", path, at: span)
    }
  }

  private mutating func requireDomain(
    _ value: CheckedValue, _ parameter: ParameterSignature, of callee: String, at span: SourceSpan
  ) {
    guard let domain = parameter.domain, let literal = value.literal, literal != .nothing,
      !domain.contains(literal)
    else { return }
    var suggestion: String?
    if case .string(let word) = literal {
      suggestion = Spelling.suggestion(for: word, among: domain.words)
    }
    report(
      .outsideDomain,
      "`\(parameter.name)` of `\(callee)` is \(literal), expected \(domain.requirement)",
      at: span, suggestion: suggestion)
  }
}
