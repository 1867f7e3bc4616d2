import Diagnostics
import Experiments
import Foundation
import Reporting
import Reproduction
import ScriptInterpreter
import ScriptSyntax

/// Reads inputs, runs them and shows what they give.
final class Repl {
  enum Step: Equatable {
    /// The input is not finished yet.
    case needsMore
    case done(ExitStatus)
    case quit
  }

  let session: Session
  /// The lines of an input that is not complete.
  private var pending = ""
  /// Scripts that this session has saved, by their real paths.
  var savedFiles: Set<String> = []

  init(session: Session) { self.session = session }

  var interpreter: Interpreter { session.interpreter }
  var console: Console { session.console }
  var isInsideInput: Bool { !pending.isEmpty }

  /// What was typed of the current input, for completion.
  var unfinishedText: String { pending }

  var help: HelpPages {
    HelpPages(
      signatures: session.host.signatures, bindings: interpreter.bindings,
      definition: { [interpreter] in interpreter.definition(of: $0) }, style: console.style,
      lineWidth: isatty(STDOUT_FILENO) == 1 ? console.style.columns : .max)
  }

  // MARK: Without a terminal

  /// Runs a whole text: as a script when it begins with its header, else input by input up to the
  /// first error.
  func run(_ text: String, path: String) throws -> ExitStatus {
    if Self.hasHeader(text) {
      let program = Program.load(SourceFile(path: path, text: text))
      console.show(try interpreter.run(program))
      session.host.finish()
      return .ok
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    for line in lines {
      switch feed(line) {
      case .needsMore, .done(.ok): continue
      case .done(let status): return status
      case .quit: return .ok
      }
    }
    if case .done(let status) = flush() { return status }
    return .ok
  }

  /// Whether the first line that is neither blank nor a comment is `me` and a number.
  static func hasHeader(_ text: String) -> Bool {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.split(separator: " ")
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      return first == "me" && words.count >= 2 && Int(words[1]) != nil
    }
    return false
  }

  // MARK: Line by line

  /// Takes one line: a command of the tool, a request for help, or (a part of) an input.
  func feed(_ line: String) -> Step {
    if pending.isEmpty {
      let trimmed = line.trimmingCharacters(in: .whitespaces)
      if trimmed.isEmpty { return .done(.ok) }
      if trimmed.hasPrefix(":") { return runToolCommand(String(trimmed.dropFirst())) }
      if let topic = HelpPages.request(trimmed) {
        console.write(help.page(topic))
        return .done(.ok)
      }
    }
    if pending.isEmpty, Self.hasHeader(line) {
      return .done(guarded { try runScript(line, path: "input") })
    }
    pending += pending.isEmpty ? line : "\n" + line
    return Script.isComplete(pending) ? flush() : .needsMore
  }

  /// Forgets an input that was begun.
  func abandonInput() { pending = "" }

  /// Runs what there is of the current input, complete or not.
  func flush() -> Step {
    guard !pending.isEmpty else { return .done(.ok) }
    let text = pending
    pending = ""
    return .done(guarded { try evaluate(text) })
  }

  private func runToolCommand(_ text: String) -> Step {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let name = words.first else { return .done(.ok) }
    guard let command = ToolCommand.named(name) else {
      let suggestion = Spelling.suggestion(for: name, among: ToolCommand.all.map(\.name))
      return .done(
        guarded {
          throw CommandError(
            "unknown command :\(name)", code: .unknownName,
            suggestion: suggestion ?? ":help lists the prompt commands")
        })
    }
    if command.name == "quit" { return .quit }
    let argument = words.count > 1 ? words[1].trimmingCharacters(in: .whitespaces) : ""
    return .done(guarded { try command.run(self, argument) })
  }

  /// Runs a script that was pasted as a whole; its names stay.
  private func runScript(_ text: String, path: String) throws {
    let program = Program.load(
      SourceFile(path: path, text: text), resolveInclude: ScriptFile("").resolve)
    try showingClaims { console.show(try interpreter.run(program, inSession: true)) }
  }

  /// Does something and shows the claims that it judged, also where it fails later.
  func showingClaims(_ work: () throws -> Void) rethrows {
    let known = session.host.claims.count
    defer {
      let judged = Array(session.host.claims.dropFirst(known))
      for line in ClaimList(judged).lines { console.write(line) }
    }
    try work()
  }

  private func guarded(_ work: () throws -> Void) -> ExitStatus {
    do {
      try work()
      return .ok
    } catch {
      return console.report(error)
    }
  }

  /// Runs an input and shows its value.
  func evaluate(_ text: String) throws {
    var found: EvaluationResult?
    try showingClaims {
      found = try interpreter.evaluate(text, resolveInclude: ScriptFile("").resolve)
    }
    guard let result = found else { return }
    console.show(result.warnings)
    guard !result.isMuted, Script.parseLine(text).statements.last?.isOutput != true else { return }
    if let shown = try shown(result.value) { console.write(shown) }
  }

  /// What the prompt answers with; nil for statements without a value.
  private func shown(_ value: Value) throws -> String? {
    if let view = try session.host.view(of: value) { return view }
    switch value {
    case .none: return nil
    case .handle(let handle): return handle.description
    default: return value.abbreviated(to: 4000)
    }
  }
}

extension Statement {
  /// Whether running the statement has shown its value already.
  fileprivate var isOutput: Bool {
    switch kind {
    case .table, .figure, .claim: return true
    default: return false
    }
  }
}
