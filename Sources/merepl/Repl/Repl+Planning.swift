import Commands
import Experiments
import Reproduction
import ScriptInterpreter
import ScriptSyntax

/// `:plan` and `:why`: what the session, or one more input, would compute.
///
/// Replays everything that was typed in a session that computes and shows nothing, as `merepl plan`
/// and `merepl why` do with a script.
extension Repl {
  /// `:plan [INPUT]`
  func showPlan(_ input: String) throws { try foresee(input).show(on: console) }

  /// `:why [NAME or INPUT]`
  func explainPlan(_ text: String) throws {
    if text.isEmpty {
      let plan = try foresee("")
      plan.explain(plan.pending, on: console)
    } else if canRun(text) {
      let plan = try foresee(text)
      plan.explain(plan.items, on: console)
    } else {
      let plan = try foresee("")
      let isQuoted = text.count > 1 && text.hasPrefix("\"") && text.hasSuffix("\"")
      let name = isQuoted ? String(text.dropFirst().dropLast()) : text
      plan.explain(try plan.items(called: name, listing: ":plan"), on: console)
    }
  }

  /// Whether a text is an input: a name that is bound, or more than a name. Anything else names
  /// results by their command, by the row that wants them, or by their label.
  private func canRun(_ text: String) -> Bool {
    let script = Script.parseLine(text)
    guard script.diagnostics.isEmpty, let statement = script.statements.first else { return false }
    guard case .expression(let expression) = statement.kind else { return true }
    switch expression.kind {
    case .name(let name): return interpreter.value(of: name) != nil
    case .string: return false
    default: return true
    }
  }

  /// - Parameter input: what to plan; everything that the session holds when empty
  private func foresee(_ input: String) throws -> ScriptPlan {
    var options = Workspace.Options()
    options.isScript = false
    options.policy = .plan
    options.drawsFigures = false
    let session = try Session(
      console: Console(isQuiet: true, writesJSON: console.writesJSON), options: options,
      isRecorded: false, output: { _ in })
    let (workspace, replayed) = (session.workspace, session.interpreter)
    try replayed.replay(interpreter)
    for (name, _) in replayed.bindings where interpreter.value(of: name) == nil {
      replayed.clear(name)
    }
    var steps: [any ResultStep] = []
    if input.isEmpty {
      steps = replayed.bindings.flatMap { $0.value.resultSteps }
    } else {
      let statements = Script.parseLine(input).statements
      // What the input takes from the session and is there is not asked for once more.
      let used = Set(statements.flatMap { $0.freeNames.keys }).sorted()
      let taken = used.compactMap { replayed.value(of: $0) }.flatMap(\.resultSteps)
      workspace.forgetOutcome()
      let value = try replayed.evaluate(input, resolveInclude: ScriptFile("").resolve).value
      let bound = statements.compactMap(\.boundName?.name)
      steps = value.resultSteps + bound.compactMap { replayed.value(of: $0) }.flatMap(\.resultSteps)
      steps += try taken.filter { try workspace.store.contains($0.key) }
    }
    let demands =
      workspace.outcome.demands + steps.map { ScriptOutcome.Demand(step: $0, place: "") }
    return try ScriptPlan(demands, in: session, of: nil, current: self.session.record)
  }
}
