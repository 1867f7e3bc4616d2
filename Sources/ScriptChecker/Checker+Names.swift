import Diagnostics
import ScriptSyntax

extension CheckWalker {
  /// Binds a name in the innermost scope.
  mutating func bind(_ name: Identifier, _ value: CheckedValue, warnsWhenUnused: Bool) {
    let last = scopes.count - 1
    let existing = scopes[last].names[name.name]
    if let existing, !existing.isUnfinished, !isSession || last > 0 {
      report(
        .boundTwice, "`\(name.name)` is already bound", at: name.span,
        notes: existing.span.map { [Diagnostic.Note("first bound here", span: $0)] } ?? [],
        suggestion: "choose another name; values never change")
      return
    }
    if last == 0, signatures.command(name.name) != nil || signatures.constant(name.name) != nil {
      report(
        .hiddenCommand, "`\(name.name)` hides the command of this name from here on",
        at: name.span)
    }
    var entry = CheckedName(type: value.type, span: name.span)
    entry.function = value.function
    entry.result = value.result
    entry.warnsWhenUnused = warnsWhenUnused && includeDepth == 0
    entry.isUsed = existing?.isUsed ?? false
    scopes[last].names[name.name] = entry
  }

  /// Marks a name as being defined, so that a use in its own definition is found out.
  mutating func beginDefinition(_ name: Identifier) {
    let last = scopes.count - 1
    guard scopes[last].names[name.name] == nil || isSession else { return }
    var entry = CheckedName(type: .any, span: name.span)
    entry.isUnfinished = true
    scopes[last].names[name.name] = entry
  }

  /// What is known about a used name; reports it when there is none.
  mutating func resolve(_ name: String, at span: SourceSpan) -> CheckedValue {
    for index in scopes.indices.reversed() {
      guard let entry = scopes[index].names[name] else { continue }
      if entry.isUnfinished {
        reportSelfReference(name, at: span)
        return CheckedValue(.any)
      }
      scopes[index].names[name]?.isUsed = true
      var value = CheckedValue(entry.type)
      value.function = entry.function
      value.result = entry.result
      return value
    }
    if let constant = signatures.constant(name) { return CheckedValue(constant.type) }
    if signatures.command(name) != nil { return CheckedValue(.function) }
    reportUnknown(name, at: span)
    return CheckedValue(.any)
  }

  /// Whether a name means a command here, that is, no binding hides it.
  func command(named name: String) -> CommandSignature? {
    if scopes.contains(where: { $0.names[name] != nil }) { return nil }
    return signatures.command(name)
  }

  private mutating func reportSelfReference(_ name: String, at span: SourceSpan) {
    if functions.isEmpty {
      report(.usedBeforeBinding, "`\(name)` is used in its own definition", at: span)
    } else {
      report(
        .recursion, "`\(name)` calls itself; recursion is not possible", at: span,
        suggestion: "use `for`, `map` or `fold` over a list or range")
    }
  }

  private mutating func reportUnknown(_ name: String, at span: SourceSpan) {
    for scope in scopes.reversed() {
      guard let later = scope.later[name] else { continue }
      let note = Diagnostic.Note("`\(name)` is bound here", span: later.span)
      if let function = later.function, reachesCurrentFunction(function, in: scope) {
        report(
          .recursion, "`\(name)` calls the function it is used in; recursion is not possible",
          at: span, notes: [note])
      } else {
        report(
          .usedBeforeBinding, "`\(name)` is used before it is bound", at: span, notes: [note],
          suggestion: "move the definition up")
      }
      return
    }
    report(
      .unknownName, "unknown name `\(name)`", at: span,
      suggestion: UnfamiliarWords.hint(name)
        ?? Spelling.suggestion(for: name, among: visibleNames))
  }

  private var visibleNames: [String] {
    scopes.flatMap { scope in scope.names.filter { !$0.value.isUnfinished }.map(\.key) }
      + signatures.names
  }

  /// Whether a function that stands further down calls, perhaps through others, one that is being
  /// checked now.
  private func reachesCurrentFunction(_ start: FunctionNode, in scope: CheckScope) -> Bool {
    let current = Set(functions.compactMap { $0.name?.name })
    var waiting = [start]
    var seen: Set<ObjectIdentifier> = []
    while let function = waiting.popLast() {
      guard seen.insert(ObjectIdentifier(function)).inserted else { continue }
      for name in function.freeNames {
        if current.contains(name) { return true }
        if let next = scope.later[name]?.function { waiting.append(next) }
      }
    }
    return false
  }
}
