import Diagnostics
import ScriptSyntax

/// The statements of a session that worked, with what each took from which.
///
/// The prompt may bind a name again and calls the last value `ans`; a file may not. Writing a
/// script therefore gives older bindings of a name, and answers that are used, names of their own.
/// A value that the prompt showed and nothing used is printed.
struct SessionLog {
  struct Entry {
    let statement: Statement
    /// The entry behind each name that the statement uses, with the places of the uses.
    fileprivate let uses: [(source: Int, spans: [SourceSpan])]
    var name: String?
    /// Whether the value was not bound but became `ans`.
    var isAnswer = false
  }

  private(set) var entries: [Entry] = []
  /// The entry that bound each name last.
  private var current: [String: Int] = [:]

  mutating func add(_ statement: Statement) {
    // What an include brings in is logged statement by statement.
    if case .include = statement.kind { return }
    let uses = statement.freeNames.sorted { $0.key < $1.key }.compactMap { name, spans in
      current[name].map { (source: $0, spans: spans) }
    }
    let name = statement.boundName?.name
    if let name { current[name] = entries.count }
    entries.append(Entry(statement: statement, uses: uses, name: name))
  }

  /// Remembers that the last statement's value became `ans`.
  mutating func nameAnswer() {
    guard let last = entries.indices.last, case .expression = entries[last].statement.kind else {
      return
    }
    entries[last].name = "ans"
    entries[last].isAnswer = true
    current["ans"] = last
  }

  /// The statement that bound a name last.
  func definition(of name: String) -> SourceSpan? {
    current[name].map { entries[$0].statement.span }
  }

  /// What makes the value of a name and prints it, and nothing else; nil when no entry binds it.
  func script(for name: String) -> String? {
    guard let target = current[name] else { return nil }
    var needed: Set<Int> = []
    var waiting = [target]
    while let index = waiting.popLast() {
      guard needed.insert(index).inserted else { continue }
      waiting += entries[index].uses.map(\.source)
    }
    // The seed decides the numbers of every command below it.
    let seed = entries.indices.last { index in
      if case .seed = entries[index].statement.kind { return index < target }
      return false
    }
    if let seed { needed.insert(seed) }
    var script = write(needed.sorted(), keepingAnswers: [target])
    if !hidesPrint(needed) { script += "print \(name)\n" }
    return script
  }

  var wholeScript: String {
    var seeds = entries.indices.filter {
      if case .seed = entries[$0].statement.kind { return true }
      return false
    }
    seeds = Array(seeds.dropLast())
    return write(entries.indices.filter { !seeds.contains($0) }, keepingAnswers: [])
  }

  /// Whether one of the entries binds `print`, which then cannot be called.
  private func hidesPrint(_ indices: some Sequence<Int>) -> Bool {
    indices.contains { entries[$0].name == "print" }
  }

  private func write(_ indices: [Int], keepingAnswers kept: Set<Int>) -> String {
    let used = Set(indices.flatMap { entries[$0].uses.map(\.source) }).union(kept)
    // The latest binding of a name keeps it.
    var names: [Int: String] = [:]
    var taken: Set<String> = []
    for index in indices.reversed() {
      let entry = entries[index]
      guard var name = entry.name, !entry.isAnswer || used.contains(index) else { continue }
      var number = 2
      while !taken.insert(name).inserted {
        name = "\(entry.name ?? "")_\(number)"
        number += 1
      }
      names[index] = name
    }
    let prints = !hidesPrint(indices)
    let lines = indices.map { text(of: entries[$0], named: names[$0], names, prints: prints) }
    return (["me \(Script.version)"] + lines).joined(separator: "\n") + "\n"
  }

  /// - Parameter prints: whether values that nothing uses are printed
  private func text(
    of entry: Entry, named name: String?, _ names: [Int: String], prints: Bool
  ) -> String {
    var edits: [SourceSpan: String] = [:]
    for use in entry.uses {
      guard let new = names[use.source] else { continue }
      for span in use.spans { edits[span] = new }
    }
    if let bound = entry.statement.boundName, let name { edits[bound.span] = name }
    let writer = SourceWriter(edits: edits)
    if entry.isAnswer, case .expression(let expression) = entry.statement.kind {
      if let name { return "let \(name) = \(writer.withParentheses(expression))" }
      switch expression.kind {
      case .call, .conditional: break
      default: if prints { return "print(\(writer.text(of: expression.span)))" }
      }
    }
    return writer.text(of: entry.statement.span)
  }
}

/// Copies source text with some words replaced.
private struct SourceWriter {
  let edits: [SourceSpan: String]

  func text(of span: SourceSpan) -> String {
    let inside = edits.filter {
      $0.key.file === span.file && $0.key.start >= span.start && $0.key.end <= span.end
    }
    var result = ""
    var position = span.start
    for (place, new) in inside.sorted(by: { $0.key.start < $1.key.start }) {
      result += span.file.text(from: position, to: place.start) + new
      position = place.end
    }
    return result + span.file.text(from: position, to: span.end)
  }

  /// The expression in a form that may stand anywhere: calls without parentheses get them.
  func withParentheses(_ expression: Expression) -> String {
    guard case .call(let call) = expression.kind, call.style != .parentheses else {
      return text(of: expression.span)
    }
    let arguments = call.arguments.map { argument in
      (argument.label.map { "\($0.name): " } ?? "") + withParentheses(argument.value)
    }
    return "\(text(of: call.callee.span))(\(arguments.joined(separator: ", ")))"
  }
}
