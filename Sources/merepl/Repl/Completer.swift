import Commands
import Diagnostics
import Experiments
import Files
import Foundation
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax

/// One completion of a word.
struct Completion: Hashable {
  /// What the word becomes.
  let text: String
  /// What it is, shown in the list.
  var detail = ""
  /// The byte to add when this is the only completion; 0 for none.
  var closing: UInt8 = 0
}

/// Completes the last word of an input: tool commands, names, named arguments, fields, values that
/// an argument allows, the words, heads and layers of the current value, and paths.
struct Completer {
  let signatures: SignatureRegistry
  let bindings: () -> [(name: String, value: Value)]

  /// - Parameter text: the input up to the cursor
  func completions(for text: String) -> [Completion] {
    if text.hasPrefix(":") { return toolCommands(text) }
    if let topic = text.split(separator: " ", omittingEmptySubsequences: false).dropFirst().last,
      text.hasPrefix("help ")
    {
      return filter(names + topics, by: String(topic))
    }
    if text.hasPrefix("?") { return filter(names, by: String(text.drop { $0 == "?" })) }
    let context = CompletionContext(text)
    if context.isInString { return strings(context) }
    if context.word.contains(".") { return fields(context.word) }
    if let values = values(context) { return values }
    if let piped = context.piped { return filter(takers(of: piped), by: context.word) }
    let arguments = arguments(context)
    // Where nothing is typed, the names of arguments are news; all names would bury them.
    if context.word.isEmpty, !arguments.isEmpty { return arguments }
    // Behind the first argument of a call without parentheses only named ones may follow.
    if context.call?.isOpen == true, context.call?.subject != nil {
      let fitting = filter(arguments, by: context.word)
      if !fitting.isEmpty { return fitting }
    }
    return filter(arguments + names + keywords, by: context.word)
  }

  private func filter(_ all: [Completion], by prefix: String) -> [Completion] {
    all.filter { $0.text.hasPrefix(prefix) }
  }

  // MARK: Code

  private var names: [Completion] {
    let bound = bindings().map { Completion(text: $0.name, detail: "\($0.value.type)") }
    let taken = Set(bound.map(\.text))
    let commands = signatures.commands.map { Completion(text: $0.name, detail: $0.summary) }
    let constants = signatures.constants.map { Completion(text: $0.name, detail: $0.summary) }
    return bound
      + (commands + constants).filter { !taken.contains($0.text) }.sorted { $0.text < $1.text }
  }

  /// What may stand behind `|>`: functions, and the commands that take the value; those that take
  /// any come last.
  private func takers(of name: String) -> [Completion] {
    let type = value(name)?.type ?? signatures.command(name)?.result ?? .any
    let commands = signatures.commands.filter { command in
      command.positional.first.map { $0.type.mayAccept(type) } ?? false
    }
    let functions = bindings().filter { $0.value.type == .function }
    return functions.map { Completion(text: $0.name, detail: "function") }
      + (commands.filter { $0.positional[0].type != .any }
      + commands.filter { $0.positional[0].type == .any })
      .map { Completion(text: $0.name, detail: $0.summary) }
  }

  private var keywords: [Completion] {
    let statements = ["table", "row", "claim", "figure", "param", "seed", "include"]
    return (Keyword.allCases.map(\.rawValue) + statements).map { Completion(text: $0) }
  }

  private var topics: [Completion] {
    Set(signatures.commands.map(\.topic)).sorted().map { Completion(text: $0, detail: "topic") }
  }

  /// Named arguments of the call at the cursor that are not given yet.
  private func arguments(_ context: CompletionContext) -> [Completion] {
    guard let call = context.call, call.label == nil else { return [] }
    return parameters(of: call.name).filter { !call.labels.contains($0.name) }.map {
      Completion(text: "\($0.name):", detail: $0.detail, closing: UInt8(ascii: " "))
    }
  }

  /// What the argument behind a label may be, where that is known; nil for other places.
  private func values(_ context: CompletionContext) -> [Completion]? {
    guard let call = context.call, let label = call.label else { return nil }
    let space = UInt8(ascii: " ")
    if let choices = choices(call, for: label) {
      let isText = choices.contains { Int($0) == nil }
      // Words are strings: they complete where a quote would stand.
      guard !isText || context.word.isEmpty else { return nil }
      return filter(
        choices.map { Completion(text: isText ? "\"\($0)\"" : $0, closing: space) },
        by: context.word)
    }
    guard let parameter = signatures.command(call.name)?.parameter(label) else { return nil }
    if parameter.type == .bool {
      let both = ["true", "false"].map { Completion(text: $0, closing: space) }
      return filter(both, by: context.word)
    }
    guard !parameter.words.isEmpty, context.word.isEmpty else { return nil }
    return parameter.words.map { Completion(text: "\"\($0)\"", closing: space) }
  }

  /// What the value in hand offers for an argument of a call about it.
  private func choices(_ call: CompletionContext.OpenCall, for label: String) -> [String]? {
    guard let name = call.subject, let root = name.split(separator: ".").first,
      case .handle(let handle)? = value(String(root)), let choices = handle as? any ArgumentChoices
    else { return nil }
    return choices.choices(for: label, given: call.values["clip"].flatMap { Int($0) })
  }

  private func parameters(of name: String) -> [(name: String, detail: String)] {
    if let command = signatures.command(name) {
      return command.named.map { ($0.name, $0.declaration) }
    }
    guard case .function(let function)? = value(name),
      case .closure(let closure) = function.kind
    else { return [] }
    return closure.node.parameters.map { ($0.name.name, "argument of \(name)") }
  }

  private func value(_ name: String) -> Value? {
    bindings().first { $0.name == name }?.value
  }

  /// `model.la` -> `model.layers`
  private func fields(_ word: String) -> [Completion] {
    var path = word.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let prefix = path.removeLast()
    guard let first = path.first, var current = value(first) else { return [] }
    for name in path.dropFirst() {
      guard let next = field(name, of: current) else { return [] }
      current = next
    }
    let base = path.joined(separator: ".")
    let names: [String]
    switch current {
    case .record(let record): names = Array(record.fields.keys)
    case .handle(let handle): names = handle.fieldNames
    default: names = []
    }
    return names.filter { $0.hasPrefix(prefix) }.map { name in
      Completion(
        text: "\(base).\(name)", detail: field(name, of: current).map { "\($0.type)" } ?? "")
    }
  }

  private func field(_ name: String, of value: Value) -> Value? {
    switch value {
    case .record(let record): return record[name]
    // A field that cannot be read has no type to show; completing its name is still right.
    case .handle(let handle): return (try? handle.field(name)) ?? nil
    default: return nil
    }
  }

  // MARK: Strings

  /// The words that the argument allows, else paths.
  private func strings(_ context: CompletionContext) -> [Completion] {
    if let call = context.call, let label = call.label, let choices = choices(call, for: label) {
      return filter(
        choices.map { Completion(text: $0, closing: UInt8(ascii: "\"")) }, by: context.word)
    }
    if let call = context.call, let command = signatures.command(call.name) {
      let parameter =
        call.label.flatMap { command.parameter($0) }
        ?? (call.finished < command.positional.count ? command.positional[call.finished] : nil)
      let words = parameter?.words ?? []
      if !words.isEmpty {
        return filter(
          words.map { Completion(text: $0, closing: UInt8(ascii: "\"")) }, by: context.word)
      }
    }
    return PathCompletion.completions(of: context.word, closing: UInt8(ascii: "\""))
  }

  // MARK: Tool commands

  private func toolCommands(_ text: String) -> [Completion] {
    let words = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
    if words.count < 2 {
      let all = ToolCommand.all.map {
        Completion(text: ":\($0.name)", detail: $0.summary, closing: UInt8(ascii: " "))
      }
      return filter(all, by: text)
    }
    let last = String(words[1].split(separator: " ", omittingEmptySubsequences: false).last ?? "")
    switch words[0] {
    case ":load": return PathCompletion.completions(of: last, closing: 0) { $0.hasSuffix(".me") }
    case ":save": return PathCompletion.completions(of: last, closing: 0)
    case ":clear": return filter(bindings().map { Completion(text: $0.name) }, by: last)
    default: return filter(names, by: last)
    }
  }
}

/// Completes paths relative to the current directory.
enum PathCompletion {
  /// - Parameter accepts: which files are offered; folders always are
  static func completions(
    of path: String, closing: UInt8, accepts: (String) -> Bool = { _ in true }
  ) -> [Completion] {
    let base = path.contains("/") ? path[...path.lastIndex(of: "/")!] : ""
    let prefix = path.dropFirst(base.count)
    let place = PathText.folder(of: path)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: place) else { return [] }
    return names.sorted().filter { $0.hasPrefix(prefix) && (!prefix.isEmpty || !$0.hasPrefix(".")) }
      .compactMap { name in
        var isFolder: ObjCBool = false
        _ = FileManager.default.fileExists(atPath: "\(place)/\(name)", isDirectory: &isFolder)
        guard isFolder.boolValue || accepts(name) else { return nil }
        return Completion(
          text: base + name + (isFolder.boolValue ? "/" : ""),
          closing: isFolder.boolValue ? 0 : closing)
      }
  }
}
