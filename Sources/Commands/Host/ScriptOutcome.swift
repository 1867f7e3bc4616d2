import Canonical
import Experiments
import Reporting
import ScriptInterpreter

/// The results that a script requested and obtained, for plans and verdicts.
public struct ScriptOutcome: Sendable {
  /// A result that the script itself requested, not another result.
  public struct Demand: Sendable {
    public let step: any ResultStep
    /// Label of the table row that requested it; empty outside tables.
    public let place: String

    public init(step: any ResultStep, place: String) {
      self.step = step
      self.place = place
    }
  }

  /// In the order of the requests, each once.
  public fileprivate(set) var demands: [Demand] = []
  fileprivate var asked: Set<ContentHash> = []
  /// Those that were not there and could not be computed.
  public fileprivate(set) var pending: Set<ContentHash> = []
  /// Cells, with nil for values whose results are pending.
  public fileprivate(set) var cells: [Lockfile.Place: ObservedContent] = [:]
  /// The rows of tables by title, where not everything was there to fill them.
  fileprivate var openRows: [String: Set<String>] = [:]
  /// The labels of every result that belongs into the lock, by its key. One key may have several:
  /// models of one content may have several names.
  public fileprivate(set) var labels: [ContentHash: Set<String>] = [:]
  /// Names of figures in the order of the script; true where there was everything to draw them.
  public fileprivate(set) var figures: [(name: String, isComplete: Bool)] = []
  /// Files and directories under the root that the results depend on.
  public fileprivate(set) var inputs: Set<String> = []
  /// Whether a command could not be planned because one of its arguments was pending.
  public fileprivate(set) var hasUnknownPart = false
  /// Whether statements were left out, or run that may not be needed: what the script puts out is
  /// not known then.
  public fileprivate(set) var isOpen = false
}

extension ScriptOutcome {
  /// Whether the script can have a place of a lock, as far as that is known: columns of a table
  /// whose rows are pending are not.
  public func mayMake(_ place: Lockfile.Place) -> Bool {
    if isOpen || cells[place] != nil { return true }
    return place.kind == .cell && openRows[place.table]?.contains(place.row) == true
  }

  /// Keys of the results that belong in the lock, whether cached or not: those that the script
  /// requests, and all their inputs.
  public var expected: Set<ContentHash> {
    var keys: Set<ContentHash> = []
    var waiting: [any ResultStep] = demands.map(\.step)
    while let step = waiting.popLast() {
      guard !step.isLoading, keys.insert(step.key.hash).inserted else { continue }
      waiting += step.inputs
    }
    return keys
  }

  fileprivate mutating func noteLabels(of step: any ResultStep) {
    var waiting: [any ResultStep] = [step]
    while let step = waiting.popLast() {
      guard !step.isLoading, labels[step.key.hash, default: []].insert(step.label).inserted else {
        continue
      }
      waiting += step.inputs
    }
  }
}

extension Workspace {
  /// The outcome so far.
  public var outcome: ScriptOutcome { state.withLock { $0.outcome } }

  /// Resets the outcome, for one part of a script.
  public func forgetOutcome() { state.withLock { $0.outcome = ScriptOutcome() } }

  /// Says which row of a table is being computed.
  func setPlace(_ label: String?) { state.withLock { $0.place = label ?? "" } }

  /// Remembers a result that the script asks for.
  func ask(for step: any ResultStep) {
    if ComputationClock.isRunning || step.isLoading { return }
    state.withLock { state in
      state.outcome.noteLabels(of: step)
      guard state.outcome.asked.insert(step.key.hash).inserted else { return }
      state.outcome.demands.append(ScriptOutcome.Demand(step: step, place: state.place))
    }
  }

  /// Puts a result that the script asked for into the lock, with all that went into it.
  func note(_ step: any ResultStep, _ trace: ResultTrace) {
    if ComputationClock.isRunning || step.isLoading { return }
    state.withLock { state in
      var waiting = [(step, trace.content)]
      var seen: Set<ContentHash> = []
      while let (step, content) = waiting.popLast() {
        guard !step.isLoading, seen.insert(step.key.hash).inserted else { continue }
        state.lock.add(
          Lockfile.Result(
            command: step.key.command, label: step.label, key: step.key, content: content))
        waiting += step.inputs.compactMap { input in
          trace.inputs[input.key.hash].map { (input, $0) }
        }
      }
    }
  }

  func setPending(_ step: any ResultStep) {
    state.withLock { _ = $0.outcome.pending.insert(step.key.hash) }
  }

  func leaveOpen() {
    state.withLock { state in
      state.outcome.isOpen = true
      state.outcome.hasUnknownPart = true
    }
  }

  func leaveOut() { state.withLock { $0.outcome.hasUnknownPart = true } }

  func observe(_ place: Lockfile.Place, _ content: ObservedContent) {
    state.withLock { $0.outcome.cells[place] = content }
  }

  /// Remembers a table some columns of which are not known.
  func addOpenTable(_ title: String, rows: [String]) {
    state.withLock { $0.outcome.openRows[title] = Set(rows) }
  }

  func addFigure(_ name: String, isComplete: Bool) {
    state.withLock { $0.outcome.figures.append((name, isComplete)) }
  }

  /// Remembers an input: a file or folder relative to the root.
  func uses(_ path: String) { state.withLock { _ = $0.outcome.inputs.insert(path) } }
}
