import Diagnostics
import JSON
import ScriptChecker
import ScriptSyntax

extension Document {
  /// The diagnostics of this file as the protocol has them; those of included files are shown at
  /// the include.
  func diagnostics(_ found: [Diagnostic]) -> [JSONValue] {
    found.compactMap { diagnostic in
      var message = diagnostic.message
      if let suggestion = diagnostic.suggestion { message += "\n\(suggestion)" }
      var span = diagnostic.span ?? SourceSpan(file: file, start: 0, end: 0)
      if span.file !== file {
        message = "\(span): \(message)"
        span = includeSpan(of: span.file) ?? SourceSpan(file: file, start: 0, end: 0)
      }
      let related = diagnostic.notes.compactMap { note -> JSONValue? in
        guard let place = note.span else { return nil }
        return [
          "location": ["uri": .string(uri(of: place.file)), "range": range(place)],
          "message": .string(note.message),
        ]
      }
      return [
        "range": range(span), "severity": diagnostic.severity == .error ? 1 : 2,
        "code": .string(diagnostic.code.rawValue), "source": "merepl",
        "message": .string(message), "relatedInformation": .array(related),
      ]
    }
  }

  private func includeSpan(of other: SourceFile) -> SourceSpan? {
    program.included.filter { $0.key.file === file && $0.value.file === other }.keys.first
  }

  /// What a name means at a place, in this file or in an included one.
  func definition(of name: String, at offset: Int) -> Definition? {
    if let own = script.definitions.resolve(name, at: offset) { return own }
    for script in program.included.values.sorted(by: { $0.file.path < $1.file.path }) {
      let found = script.definitions.last { $0.depth == 0 && $0.kind.isName && $0.name == name }
      if let found { return found }
    }
    return nil
  }

  /// The names that are known at a place.
  func names(at offset: Int) -> [Definition] {
    let own = script.definitions.filter { $0.kind.isName && $0.scope.contains(offset) }
    let included = program.included.values.flatMap(\.definitions)
      .filter { $0.depth == 0 && $0.kind.isName }
    var seen: Set<String> = []
    return (own.reversed() + included).filter { seen.insert($0.name).inserted }
      .sorted { $0.name < $1.name }
  }
}

extension LanguageServer {
  // MARK: Hover

  func hover(_ place: Place) throws -> JSONValue {
    let file = place.document.file
    var context = EditingContext(file, at: place.offset)
    if context.isInComment || context.isInString { return .null }
    // The word that ends or begins here.
    context = EditingContext(file, at: context.word.upperBound)
    let name = file.text(from: context.word.lowerBound, to: context.word.upperBound)
    guard !name.isEmpty, !context.isField else { return .null }
    guard let text = hoverText(name, context, place) else { return .null }
    let span = SourceSpan(file: file, start: context.word.lowerBound, end: context.word.upperBound)
    return [
      "contents": ["kind": "markdown", "value": .string(text)],
      "range": place.document.range(span),
    ]
  }

  private func hoverText(_ name: String, _ context: EditingContext, _ place: Place) -> String? {
    if context.isLabel, let call = context.call, let command = signatures.command(call.name),
      let parameter = command.parameter(name)
    {
      let unit = parameter.unit.map { " [\($0)]" } ?? ""
      return code(parameter.declaration) + "\(parameter.summary)\(unit)"
    }
    if let definition = place.document.definition(of: name, at: place.offset) {
      if let function = definition.function {
        let parameters = function.parameters.map(\.name.span.text).joined(separator: ", ")
        return code("fn \(name)(\(parameters))")
      }
      let line = definition.span.text.split(separator: "\n").first.map(String.init) ?? name
      return code(line) + definition.kind.rawValue
    }
    if let command = signatures.command(name) {
      return code(command.declaration) + "\(command.summary)\n\nExample: `\(command.example)`"
    }
    if let constant = signatures.constant(name) {
      return code("\(name): \(constant.type)") + constant.summary
    }
    return ScriptWords.help(name).map {
      code($0.form) + "\($0.summary)\n\nExample: `\($0.example)`"
    }
  }

  private func code(_ text: String) -> String { "```me\n\(text)\n```\n" }

  // MARK: Completion

  func completion(_ place: Place) throws -> JSONValue {
    let context = EditingContext(place.document.file, at: place.offset)
    if context.isInComment || context.isField { return .array([]) }
    if context.isInString { return .array(words(context).map { item($0, 12, "") }) }
    var items: [JSONValue] = []
    let parameter = parameter(context)
    if let call = context.call, call.label == nil, let command = signatures.command(call.name) {
      for named in command.named where !call.labels.contains(named.name) {
        items.append(item("\(named.name):", 10, named.declaration, insert: "\(named.name): "))
      }
    }
    if case .oneOf(let values)? = parameter?.domain {
      items += values.map { item($0.description, 12, parameter?.name ?? "") }
    }
    let known = place.document.names(at: place.offset)
    let taken = Set(known.map(\.name))
    items += known.map { item($0.name, $0.function == nil ? 6 : 3, $0.kind.rawValue) }
    for command in signatures.commands where !taken.contains(command.name) {
      items.append(item(command.name, 3, command.declaration, documentation: command.summary))
    }
    for constant in signatures.constants where !taken.contains(constant.name) {
      items.append(item(constant.name, 21, "\(constant.type)", documentation: constant.summary))
    }
    items += ScriptWords.all.map { item($0, 14, "") }
    return .array(
      items.filter { entry in
        guard case .string(let label)? = entry["label"] else { return false }
        return label.hasPrefix(context.prefix)
      })
  }

  /// The parameter that the place gives a value to.
  private func parameter(_ context: EditingContext) -> ParameterSignature? {
    guard let call = context.call, let command = signatures.command(call.name) else { return nil }
    if let label = call.label { return command.parameter(label) }
    return call.finished < command.positional.count ? command.positional[call.finished] : nil
  }

  private func words(_ context: EditingContext) -> [String] {
    (parameter(context)?.words ?? []).filter { $0.hasPrefix(context.prefix) }
  }

  private func item(
    _ label: String, _ kind: Int, _ detail: String, documentation: String = "",
    insert: String? = nil
  ) -> JSONValue {
    var members: [(String, JSONValue)] = [("label", .string(label)), ("kind", .int(kind))]
    if !detail.isEmpty { members.append(("detail", .string(detail))) }
    if !documentation.isEmpty { members.append(("documentation", .string(documentation))) }
    if let insert { members.append(("insertText", .string(insert))) }
    return JSONValue(members: members)
  }

  // MARK: Definition, symbols, formatting

  func definition(_ place: Place) throws -> JSONValue {
    let document = place.document
    var context = EditingContext(document.file, at: place.offset)
    if context.isInComment || context.isInString { return included(place) }
    context = EditingContext(document.file, at: context.word.upperBound)
    let name = document.file.text(from: context.word.lowerBound, to: context.word.upperBound)
    guard !context.isField,
      let found = document.definition(of: name, at: place.offset)
    else { return .null }
    return [
      "uri": .string(document.uri(of: found.nameSpan.file)),
      "range": document.range(found.nameSpan),
    ]
  }

  /// The beginning of the file that an `include` at the place names.
  private func included(_ place: Place) -> JSONValue {
    for (span, script) in place.document.program.included
    where span.file === place.document.file && span.start <= place.offset
      && place.offset <= span.end
    {
      let start = SourceSpan(file: script.file, start: 0, end: 0)
      return [
        "uri": .string(place.document.uri(of: script.file)), "range": place.document.range(start),
      ]
    }
    return .null
  }

  func symbols(_ document: Document) -> JSONValue {
    let kinds: [Definition.Kind: Int] = [
      .binding: 13, .function: 12, .parameter: 14, .table: 23, .claim: 17, .figure: 19,
    ]
    return .array(
      document.script.definitions.filter { $0.depth == 0 }.compactMap { definition in
        guard let kind = kinds[definition.kind] else { return nil }
        return [
          "name": .string(definition.name.isEmpty ? "-" : definition.name), "kind": .int(kind),
          "detail": .string(definition.kind.rawValue), "range": document.range(definition.span),
          "selectionRange": document.range(definition.nameSpan),
        ]
      })
  }

  /// One edit of the whole text; none where nothing changes or the script cannot be read.
  func formatting(_ document: Document) -> JSONValue {
    guard let text = try? Formatter.format(document.file), text != document.file.text else {
      return .array([])
    }
    let whole = SourceSpan(file: document.file, start: 0, end: document.file.bytes.count)
    return [["range": document.range(whole), "newText": .string(text)]]
  }
}
