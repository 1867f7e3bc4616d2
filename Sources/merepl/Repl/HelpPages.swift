import Diagnostics
import ScriptChecker
import ScriptInterpreter

/// What `help`, `help NAME`, `?NAME` and `??NAME` show.
struct HelpPages {
  /// A request for help.
  struct Topic: Equatable {
    let name: String
    /// Whether to show code and content hashes, too.
    var isDetailed = false
  }

  let signatures: SignatureRegistry
  let bindings: [(name: String, value: Value)]

  /// The topic that a line asks about: `help`, `help x`, `?x`, `??x` or `x?`; nil for other lines.
  static func request(_ line: String) -> Topic? {
    let words = line.split(separator: " ").map(String.init)
    if words.first == "help", words.count <= 2 {
      return Topic(name: unquoted(words.count == 2 ? words[1] : ""))
    }
    if line.hasPrefix("?") {
      let name = line.drop { $0 == "?" }.filter { $0 != " " }
      return Topic(name: unquoted(String(name)), isDetailed: line.hasPrefix("??"))
    }
    if line.hasSuffix("?"), words.count == 1 {
      let name = String(line[..<(line.firstIndex(of: "?") ?? line.endIndex)])
      return Topic(name: name, isDetailed: line.hasSuffix("??"))
    }
    return nil
  }

  private static func unquoted(_ word: String) -> String { word.filter { $0 != "\"" } }

  func page(_ topic: Topic) -> String {
    if topic.name.isEmpty { return overview }
    if let binding = bindings.first(where: { $0.name == topic.name }) {
      return page(for: binding.value, named: topic)
    }
    if let command = signatures.command(topic.name) { return command.help }
    if let constant = signatures.constant(topic.name) {
      return "\(constant.name): \(constant.type)\n  \(constant.summary)"
    }
    if let code = DiagnosticCode(rawValue: topic.name.uppercased()) {
      return "\(code.rawValue): \(code.explanation)"
    }
    if topics.contains(topic.name) { return list(topic.name) }
    return nothing(for: topic.name)
  }

  // MARK: Pages

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
    let lines = order.map { topic in
      let names = signatures.commands.filter { $0.topic == topic }.map(\.name)
      return "\(topic)\n  " + wrapped(names)
    }
    let constants = signatures.constants.map(\.name)
    return
      (lines + (constants.isEmpty ? [] : ["constants\n  " + wrapped(constants)])
      + [
        "help NAME or ?NAME: one command, topic or name; ??NAME: with its code",
        "Tab completes, ans is the last value, a final ; mutes, :help lists the prompt's commands",
      ]).joined(separator: "\n")
  }

  private func wrapped(_ names: [String]) -> String {
    var lines = [""]
    for name in names {
      if lines[lines.count - 1].count + name.count > 74 { lines.append("") }
      lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + name
    }
    return lines.joined(separator: "\n  ")
  }

  private func list(_ topic: String) -> String {
    let commands = signatures.commands.filter { $0.topic == topic }
    let width = commands.map(\.name.count).max() ?? 0
    return commands.map { command in
      command.name + String(repeating: " ", count: width - command.name.count + 2)
        + command.summary
    }.joined(separator: "\n")
  }

  private func page(for value: Value, named topic: Topic) -> String {
    var lines = ["\(topic.name): \(value.summary)"]
    if case .handle(let handle) = value {
      let fields = handle.fieldNames
      if !fields.isEmpty { lines.append("  fields: " + fields.joined(separator: ", ")) }
      if topic.isDetailed { lines.append("  content: \(handle.contentHash)") }
    }
    if case .function(let function) = value, case .closure(let closure) = function.kind {
      let parameters = closure.node.parameters.map(\.name.name).joined(separator: ", ")
      lines[0] = "\(topic.name)(\(parameters))"
      if topic.isDetailed { lines.append(closure.node.span.text) }
    }
    return lines.joined(separator: "\n")
  }

  /// Nothing has this name: what is spelt like it, and what mentions it.
  private func nothing(for word: String) -> String {
    var lines = ["nothing is called `\(word)`"]
    let names = signatures.names + bindings.map(\.name) + topics
    if let suggestion = Spelling.suggestion(for: word, among: names) { lines.append(suggestion) }
    let wanted = word.lowercased()
    let mentions = signatures.commands.filter { $0.help.lowercased().contains(wanted) }
    if !mentions.isEmpty {
      lines.append("mentioned by: " + mentions.map(\.name).joined(separator: ", "))
    }
    return lines.joined(separator: "\n  ")
  }
}
