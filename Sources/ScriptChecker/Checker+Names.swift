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
        suggestion: "choose another name; names cannot be rebound")
      return
    }
    if last == 0, signatures.command(name.name) != nil || signatures.constant(name.name) != nil {
      report(
        .hiddenCommand, "`\(name.name)` shadows the command with this name",
        at: name.span)
    }
    var entry = CheckedName(type: value.type, span: name.span)
    entry.function = value.function
    entry.result = value.result
    entry.comparison = value.comparison
    entry.warnsWhenUnused = warnsWhenUnused && includeDepth == 0
    entry.isUsed = existing?.isUsed ?? false
    scopes[last].names[name.name] = entry
  }

  /// Marks a name as being defined, so that a use in its own definition is found out.
  mutating func beginDefinition(_ name: Identifier) {
    let last = scopes.count - 1
    var entry = CheckedName(type: .any, span: name.span)
    entry.isUnfinished = true
    let existing = scopes[last].names.updateValue(entry, forKey: name.name)
    if let existing, !isSession { scopes[last].names[name.name] = existing }
  }

  /// What is known about a used name; reports it when there is none.
  mutating func resolve(_ name: String, at span: SourceSpan) -> CheckedValue {
    for index in scopes.indices.reversed() {
      guard let place = scopes[index].names.index(forKey: name) else { continue }
      let entry = scopes[index].names.values[place]
      if entry.isUnfinished {
        reportSelfReference(name, at: span)
        return CheckedValue(.any)
      }
      if !entry.isUsed { scopes[index].names.values[place].isUsed = true }
      var value = CheckedValue(entry.type)
      value.function = entry.function
      value.result = entry.result
      value.comparison = entry.comparison
      return value
    }
    if let constant = signatures.constant(name) { return CheckedValue(constant.type) }
    if signatures.command(name) != nil { return CheckedValue(.function) }
    reportUnknown(name, at: span)
    return CheckedValue(.any)
  }

  /// Whether a name means a command here, that is, no binding hides it.
  func command(named name: String) -> CommandSignature? {
    guard let command = signatures.command(name),
      !scopes.contains(where: { $0.names[name] != nil })
    else { return nil }
    return command
  }

  private mutating func reportSelfReference(_ name: String, at span: SourceSpan) {
    if functions.isEmpty {
      report(.usedBeforeBinding, "`\(name)` is used in its own definition", at: span)
    } else {
      report(
        .recursion, "`\(name)` calls itself; recursion is not supported", at: span,
        suggestion: "use `for`, `map` or `fold` over a list or range")
    }
  }

  private mutating func reportUnknown(_ name: String, at span: SourceSpan) {
    missingCount += 1
    for index in scopes.indices.reversed() {
      let definitions = scopes[index].definitions
      guard let later = definitions[name] else { continue }
      let note = Diagnostic.Note("`\(name)` is bound here", span: later.span)
      if isWorthSearching, let function = later.function,
        reachesCurrentFunction(function, through: definitions)
      {
        report(
          .recursion, "`\(name)` calls the function it is used in; recursion is not supported",
          at: span, notes: [note])
      } else {
        report(
          .usedBeforeBinding, "`\(name)` is used before it is bound", at: span, notes: [note],
          suggestion: "move the definition up")
      }
      return
    }
    let similar = isWorthSearching ? visibleNames : []
    report(
      .unknownName, "unknown name `\(name)`", at: span,
      suggestion: UnfamiliarWords.hint(name) ?? Spelling.suggestion(for: name, among: similar))
  }

  /// What a missing name may be takes a look at all others: a script full of missing ones gets
  /// that only for the first, so that the time of a check stays linear.
  private var isWorthSearching: Bool { missingCount <= 50 }

  private var visibleNames: [String] {
    scopes.flatMap { scope in scope.names.filter { !$0.value.isUnfinished }.map(\.key) }
      + signatures.names
  }

  /// Whether a function that stands further down calls, perhaps through others, one that is being
  /// checked now.
  private func reachesCurrentFunction(
    _ start: FunctionNode,
    through definitions: [String: CheckScope.Definition]
  ) -> Bool {
    let current = Set(functions.compactMap { $0.name?.name })
    var waiting = [start]
    var seen: Set<ObjectIdentifier> = []
    while let function = waiting.popLast() {
      guard seen.insert(ObjectIdentifier(function)).inserted else { continue }
      for name in function.freeNames {
        if current.contains(name) { return true }
        if let next = definitions[name]?.function { waiting.append(next) }
      }
    }
    return false
  }
}
