import Diagnostics
import Reporting
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax

/// What `help`, `help NAME`, `help WORDS`, `?NAME` and `??NAME` show.
struct HelpPages {
  /// A request for help.
  struct Topic: Equatable {
    let name: String
    /// Whether to show code and content hashes, too.
    var isDetailed = false
  }

  let signatures: SignatureRegistry
  let bindings: [(name: String, value: Value)]
  /// The statement that bound a name.
  let definition: (String) -> SourceSpan?
  let style: TerminalStyle
  /// Where lines are broken; files and pipes get them whole.
  let lineWidth: Int

  /// The topic that a line asks about: `help`, `help x`, `?x`, `??x` or `x?`; nil for other lines.
  static func request(_ line: String) -> Topic? {
    if line == "help" || line.hasPrefix("help ") {
      let rest = line.dropFirst("help".count).drop { $0 == " " }
      // `help = 3` and the like are statements.
      let isText = rest.allSatisfy { $0.isLetter || $0.isNumber || "_-.: \"".contains($0) }
      return isText ? Topic(name: unquoted(String(rest))) : nil
    }
    if line.hasPrefix("?") {
      let name = String(line.drop { $0 == "?" || $0 == " " })
      return Topic(name: unquoted(name), isDetailed: line.hasPrefix("??"))
    }
    if line.hasSuffix("?"), !line.contains(" ") {
      let name = String(line[..<(line.firstIndex(of: "?") ?? line.endIndex)])
      return Topic(name: name, isDetailed: line.hasSuffix("??"))
    }
    return nil
  }

  private static func unquoted(_ word: String) -> String {
    var word = word.filter { $0 != "\"" }
    while word.last == " " { word.removeLast() }
    return word
  }

  /// The page, broken at spaces where the terminal is narrow.
  func page(_ topic: Topic) -> String {
    TextWrap.text(text(topic), columns: lineWidth)
  }

  private func text(_ topic: Topic) -> String {
    if topic.name.isEmpty { return overview }
    if let binding = bindings.first(where: { $0.name == topic.name }) {
      return page(for: binding.value, named: topic)
    }
    if let command = signatures.command(topic.name) {
      return page(for: command, isDetailed: topic.isDetailed)
    }
    if let constant = signatures.constant(topic.name) {
      return "\(constant.name): \(constant.type)\n  \(constant.summary)"
    }
    if topic.name.hasPrefix(":"), let tool = ToolCommand.named(String(topic.name.dropFirst())) {
      return "\(tool.usage)\n  \(tool.summary)"
    }
    if let code = DiagnosticCode(rawValue: topic.name.uppercased()) {
      return "\(code.rawValue): \(code.explanation)"
    }
    if topic.name == "prompt" { return Self.promptPage }
    if let word = ScriptWords.help(topic.name) {
      return "\(word.form)\n  \(word.summary)\n\n  example  \(word.example)"
    }
    if topics.contains(topic.name) { return list(topic.name) }
    return found(topic.name)
  }

  // MARK: Topics

  private var topics: [String] {
    var seen: [String] = []
    for command in signatures.commands where !seen.contains(command.topic) {
      seen.append(command.topic)
    }
    return seen
  }

  /// All commands under their topics, those of the host before those of the language.
  private var overview: String {
    let core = Set(CoreSignatures.all.map(\.topic))
    let order = topics.filter { !core.contains($0) } + topics.filter { core.contains($0) }
    var rows = order.map { topic in
      (topic, signatures.commands.filter { $0.topic == topic }.map(\.name))
    }
    let constants = signatures.constants.map(\.name)
    if !constants.isEmpty { rows.append(("constants", constants)) }
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.flatMap { topic, names in
      TextWrap.lines(
        Self.padded(topic, to: width) + "  " + names.joined(separator: " "),
        columns: min(style.columns, 100))
    }
    return
      (lines + [
        "",
        "help NAME    a command, a keyword, a topic, a value, an error code (E0201), "
          + "or words to search for",
        "?NAME        the same; ??NAME adds the definition and the content hash",
        "help prompt  keys and the commands that begin with a colon",
      ]).joined(separator: "\n")
  }

  private static let promptPage = """
    Tab        completes names, arguments and their values, words, heads, layers, paths
    Tab Tab    lists all completions, with types
    Ctrl-R     searches the inputs of this and earlier sessions
    Ctrl-C     interrupts a command (finished work is saved), or clears the line
    Ctrl-D     quits; so does :quit
    ans        the last value; a final ; suppresses the output
    ?x  ??x    help on x; with its definition
    :help      lists the commands that begin with a colon
    """

  private func list(_ topic: String) -> String {
    Self.aligned(signatures.commands.filter { $0.topic == topic }.map { ($0.name, $0.summary) })
  }

  private static func aligned(_ rows: [(String, String)]) -> String {
    let width = rows.map(\.0.count).max() ?? 0
    return rows.map { padded($0.0, to: width) + "  " + $0.1 }.joined(separator: "\n")
  }

  private static func padded(_ text: String, to width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }

  // MARK: Commands

  private func page(for command: CommandSignature, isDetailed: Bool) -> String {
    var lines = [command.help]
    if isDetailed {
      let types = command.parameters.map { "\($0.name): \($0.type)" }.joined(separator: ", ")
      lines.append("  Declaration: \(command.name)(\(types)) -> \(command.result)")
      lines.append("  Numerics version: \(command.numericsVersion)")
    }
    let others = signatures.commands.filter { $0.topic == command.topic && $0.name != command.name }
    lines.append(
      "  See also (\(command.topic)): " + others.prefix(6).map(\.name).joined(separator: ", "))
    return lines.joined(separator: "\n")
  }

  // MARK: Values

  private func page(for value: Value, named topic: Topic) -> String {
    var lines = ["\(topic.name): \(value.summary)"]
    if case .handle(let handle) = value {
      lines[0] = "\(topic.name): \(handle.typeName)"
      lines += handle.description.split(separator: "\n").prefix(1).map { "  \($0)" }
      let fields = handle.fieldNames
      if !fields.isEmpty { lines.append("  Fields: " + fields.joined(separator: ", ")) }
    }
    if case .function(let function) = value, case .closure(let closure) = function.kind {
      let parameters = closure.node.parameters.map(\.name.name).joined(separator: ", ")
      lines[0] = "\(topic.name)(\(parameters))"
    }
    let takers = self.takers(of: value)
    if !takers.isEmpty { lines.append("  Commands: " + takers.joined(separator: ", ")) }
    for (label, names) in namedTakers(of: value) {
      lines.append("  As \(label): in \(names.joined(separator: ", "))")
    }
    guard topic.isDetailed else { return lines.joined(separator: "\n") }
    if let span = definition(topic.name) {
      let place = span.file.path == "input" ? "at the prompt" : "in \(span)"
      lines.append("  Defined \(place):")
      lines += span.text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { "    \($0)" }
    }
    lines.append("  Content hash: \(value.contentHash)")
    return lines.joined(separator: "\n")
  }

  /// The commands that take a handle of this kind first.
  private func takers(of value: Value) -> [String] {
    guard case .handle(let handle) = value else { return [] }
    return signatures.commands.filter { command in
      guard let type = command.positional.first?.type else { return false }
      switch type {
      case .handle(let name): return name == handle.typeName
      case .either(let members): return members.contains(.handle(handle.typeName))
      default: return false
      }
    }.map(\.name)
  }

  /// The commands that take a handle of this kind by name, under that name.
  private func namedTakers(of value: Value) -> [(label: String, commands: [String])] {
    guard case .handle(let handle) = value else { return [] }
    let type = ValueType.handle(handle.typeName)
    var found: [(label: String, commands: [String])] = []
    for command in signatures.commands {
      for parameter in command.named where parameter.type != .any && parameter.type.mayAccept(type)
      {
        if let place = found.firstIndex(where: { $0.label == parameter.name }) {
          found[place].commands.append(command.name)
        } else {
          found.append((parameter.name, [command.name]))
        }
      }
    }
    return found
  }

  // MARK: Search

  /// For a text that is no name: commands that mention all its words, best first, and the name that
  /// is spelt most like it.
  private func found(_ text: String) -> String {
    let words = text.lowercased().split(separator: " ").map(String.init)
    let hits = signatures.commands.map { ($0, Self.rank($0, words)) }.filter { $0.1 > 0 }
      .sorted { ($1.1, $0.0.name) < ($0.1, $1.0.name) }.map(\.0)
    var lines: [String] = []
    if !hits.isEmpty { lines.append(Self.aligned(hits.prefix(12).map { ($0.name, $0.summary) })) }
    let names = signatures.names + bindings.map(\.name) + topics + ScriptWords.all
    if words.count == 1, let near = Spelling.suggestion(for: text, among: names) {
      lines.append(hits.isEmpty ? "no help on `\(text)`; \(near)" : near)
    } else if hits.isEmpty {
      lines.append("no help on `\(text)`")
    }
    return lines.joined(separator: "\n")
  }

  /// How well a command answers words: 0 unless every word occurs.
  private static func rank(_ command: CommandSignature, _ words: [String]) -> Int {
    var total = 0
    for word in words {
      if command.name.lowercased().contains(word) {
        total += 8
      } else if command.summary.lowercased().contains(word) || command.topic == word {
        total += 4
      } else if command.help.lowercased().contains(word) {
        total += 1
      } else {
        return 0
      }
    }
    return total
  }
}
