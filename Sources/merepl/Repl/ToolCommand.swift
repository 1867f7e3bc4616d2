import Commands
import Diagnostics
import Experiments
import Files
import Foundation
import ModelTools
import Reproduction
import ScriptChecker
import ScriptInterpreter
import ScriptSyntax

/// A command of the prompt itself. It begins with `:` and never appears in files.
struct ToolCommand: Sendable {
  let name: String
  /// What follows the name.
  let arguments: String
  let summary: String
  let run: @Sendable (Repl, String) throws -> Void

  static func named(_ name: String) -> ToolCommand? { all.first { $0.name == name } }

  static let all: [ToolCommand] = [
    ToolCommand(name: "help", arguments: "", summary: "lists these commands") { repl, _ in
      let width = all.map { $0.usage.count }.max() ?? 0
      for command in all {
        let gap = String(repeating: " ", count: width - command.usage.count + 2)
        repl.console.write("\(command.usage)\(gap)\(command.summary)")
      }
    },
    ToolCommand(name: "time", arguments: "INPUT", summary: "runs an input and times it") {
      repl, text in try repl.time(text)
    },
    ToolCommand(
      name: "bench", arguments: "[COUNT] INPUT",
      summary: "runs an input several times (default 10) and times each run"
    ) { repl, text in try repl.bench(text) },
    ToolCommand(name: "type", arguments: "INPUT", summary: "shows the type of a value") {
      repl, text in
      try repl.showType(text)
    },
    ToolCommand(name: "vars", arguments: "", summary: "lists all names with their values") {
      repl, _ in repl.showVariables()
    },
    ToolCommand(name: "hist", arguments: "[COUNT]", summary: "lists the last inputs (default 20)") {
      repl, text in try repl.showHistory(text)
    },
    ToolCommand(
      name: "set", arguments: "[NAME=VALUE]", summary: "sets a param for the next :load"
    ) { repl, text in try repl.setParameter(text) },
    ToolCommand(name: "limits", arguments: "", summary: "shows the limits of an input") { repl, _ in
      repl.showLimits()
    },
    ToolCommand(name: "clear", arguments: "[NAME]", summary: "removes a name, or all names") {
      repl, text in try repl.clear(text)
    },
    ToolCommand(
      name: "plan", arguments: "[INPUT]",
      summary: "shows what the session, or an input, would compute, and what is cached"
    ) { repl, text in try repl.showPlan(text) },
    ToolCommand(
      name: "why", arguments: "[NAME or INPUT]", summary: "explains why results must be recomputed"
    ) { repl, text in try repl.explainPlan(text) },
    ToolCommand(
      name: "save", arguments: "FILE [NAME]",
      summary: "saves the session, or the minimal script that computes NAME"
    ) { repl, text in try repl.save(text) },
    ToolCommand(name: "load", arguments: "FILE", summary: "runs a script and keeps its names") {
      repl, text in try repl.load(text)
    },
    ToolCommand(name: "quit", arguments: "", summary: "ends the session; so does Ctrl-D") { _, _ in
    },
  ]

  var usage: String { arguments.isEmpty ? ":\(name)" : ":\(name) \(arguments)" }
}

extension Repl {
  fileprivate func require(_ text: String, for command: String) throws {
    if text.isEmpty, let usage = ToolCommand.named(command)?.usage {
      throw CommandError("usage: \(usage)", code: .missingArgument)
    }
  }

  fileprivate func time(_ text: String) throws {
    try require(text, for: "time")
    let start = ContinuousClock.now
    let processorStart = Machine.cpuTime
    try evaluate(text)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    console.message(
      String(
        format: "%.3f s, %.3f s of CPU time, peak memory %d MiB", seconds,
        Machine.cpuTime - processorStart, Machine.peakMemory >> 20))
  }

  /// Runs an input once untimed and then `count` times; shows the last value.
  fileprivate func bench(_ text: String) throws {
    try require(text, for: "bench")
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    let count = words.count == 2 ? Int(words[0]) : nil
    let input = count == nil ? text : words[1]
    let repeats = count ?? 10
    guard (1...10_000).contains(repeats) else {
      throw CommandError("`:bench`: expected 1 to 10000 runs, got \(repeats)")
    }
    _ = try interpreter.evaluate(input)
    var seconds: [Double] = []
    for _ in 0..<repeats {
      try checkCancellation()
      let start = ContinuousClock.now
      _ = try interpreter.evaluate(input)
      seconds.append((ContinuousClock.now - start) / .seconds(1))
    }
    seconds.sort()
    let middle = seconds.count / 2
    let median =
      seconds.count % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2
    console.message(
      "\(repeats) runs: median \(Self.duration(median)), fastest \(Self.duration(seconds[0])), "
        + "slowest \(Self.duration(seconds[seconds.count - 1]))")
  }

  private static func duration(_ seconds: Double) -> String {
    if seconds < 1e-3 { return String(format: "%.1f µs", seconds * 1e6) }
    if seconds < 1 { return String(format: "%.2f ms", seconds * 1e3) }
    return String(format: "%.3f s", seconds)
  }

  fileprivate func showType(_ text: String) throws {
    try require(text, for: "type")
    if let value = interpreter.value(of: text) {
      console.write("\(value.type)")
    } else if let command = session.host.signatures.command(text) {
      console.write(command.declaration)
    } else {
      console.write("\(try interpreter.evaluate(text).value.type)")
    }
  }

  fileprivate func showVariables() {
    let bindings = interpreter.bindings
    let rows = bindings.map { ($0.name, "\($0.value.type)", $0.value.abbreviated(to: 60)) }
    let names = rows.map(\.0.count).max() ?? 0
    let types = rows.map(\.1.count).max() ?? 0
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: width - text.count + 2)
    }
    for (name, type, value) in rows {
      console.write(padded(name, names) + padded(type, types) + value)
    }
  }

  fileprivate func showHistory(_ text: String) throws {
    guard let count = text.isEmpty ? 20 : Int(text), count > 0 else {
      throw CommandError(":hist: expected a positive number, got \"\(text)\"", code: .wrongType)
    }
    for entry in LineEditor.entries.suffix(count) { console.write(entry) }
  }

  fileprivate func setParameter(_ text: String) throws {
    if text.isEmpty {
      for (name, value) in interpreter.parameters {
        let next = interpreter.awaitedParameters[name].map { "; \($0) for the next :load" }
        console.write("\(name) = \(value)" + (next ?? ""))
      }
      if interpreter.parameters.isEmpty {
        console.remark("no params yet; :load a script that declares some")
      }
      return
    }
    guard let assignment = Assignment(argument: text) else {
      throw CommandError("usage: :set NAME=VALUE", code: .missingArgument)
    }
    let name = assignment.name
    if let declaration = interpreter.declaration(of: name) {
      _ = try declaration.value(from: assignment.value)
      console.remark("\(name) is set to \(assignment.value) for the next :load")
    } else {
      let names = interpreter.parameters.map(\.name)
      let near = Spelling.suggestion(for: name, among: names).map { "; \($0)" } ?? ""
      console.remark("no loaded script has a param `\(name)`\(near); kept for the next :load")
    }
    interpreter.setParameter(name, to: assignment.value)
  }

  fileprivate func showLimits() {
    let limits = interpreter.limits
    let rows: [(String, String)] = [
      ("steps", "\(limits.steps)"), ("call depth", "\(limits.callDepth)"),
      ("value depth", "\(limits.valueDepth)"), ("string", "\(limits.stringBytes) bytes"),
      ("list", "\(limits.listCount) elements"), ("values", "\(limits.allocatedBytes >> 20) MiB"),
      ("time", limits.wallTime.map { "\($0)" } ?? "none"),
      ("files", "\(limits.writtenBytes >> 20) MiB"),
    ]
    for (name, limit) in rows {
      console.write(name + String(repeating: " ", count: 13 - name.count) + limit)
    }
  }

  fileprivate func clear(_ name: String) throws {
    if name.isEmpty { return interpreter.clear() }
    guard interpreter.value(of: name) != nil else {
      throw CommandError(
        "`\(name)` is not defined", code: .unknownName,
        suggestion: Spelling.suggestion(for: name, among: interpreter.bindings.map(\.name)))
    }
    interpreter.clear(name)
  }

  fileprivate func save(_ text: String) throws {
    try require(text, for: "save")
    let words = text.split(separator: " ").map(String.init)
    guard words.count <= 2 else { throw CommandError("usage: :save FILE [NAME]") }
    let script = words.count == 2 ? interpreter.script(for: words[1]) : interpreter.sessionScript
    guard let script else {
      throw CommandError(
        "`\(words[1])` was not defined in this session", code: .unknownName)
    }
    let program = Program.load(
      SourceFile(path: words[0], text: script), resolveInclude: ScriptFile(words[0]).resolve)
    let diagnostics = Checker.check(program, signatures: session.host.signatures)
    guard !diagnostics.containsErrors else {
      console.show(diagnostics.filter { $0.severity == .error })
      throw CommandError(
        "not saved: as a script, these inputs have the errors above")
    }
    try OutputPlace.check(words[0])
    try requireOwnFile(words[0])
    do {
      try WholeFile.write(text: script, to: words[0], .replacesInput)
    } catch {
      throw CommandError("cannot write \(words[0]): \(error)")
    }
    savedFiles.insert(RealPath.of(words[0]) ?? words[0])
    console.remark("saved \(words[0])")
  }

  /// Lets `:save` write a new script, or one that this session has saved: never over other files.
  private func requireOwnFile(_ path: String) throws {
    guard path.hasSuffix(".me") else {
      throw CommandError("\(path) does not end in .me", suggestion: "name it \(path).me")
    }
    guard FileManager.default.fileExists(atPath: path),
      !savedFiles.contains(RealPath.of(path) ?? path)
    else { return }
    throw CommandError(
      "\(path) already exists and was not saved by this session",
      suggestion: "choose another name, or remove the file first")
  }

  fileprivate func load(_ path: String) throws {
    try require(path, for: "load")
    let program = try ScriptFile(path).load()
    try showingClaims { console.show(try interpreter.run(program, inSession: true)) }
  }
}
