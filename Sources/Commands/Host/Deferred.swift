import Experiments
import Foundation
import JSON
import Layers
import ScriptInterpreter
import Synchronization

/// How a result is put into the store and read back.
struct ResultCoding<Value>: Sendable {
  let encode:
    @Sendable (Value) throws -> (
      blobs: [String: Data], summary: JSONValue, numbers: ResultNumbers
    )
  let decode: @Sendable (StoredResult) throws -> Value
}

/// The result of an expensive command: known by its key at once, computed or read when somebody
/// needs it. A later command whose own result is stored never asks.
final class Deferred<Value: Sendable>: ResultStep {
  let key: CacheKey
  let label: String
  let inputs: [any ResultStep]
  private let coding: ResultCoding<Value>
  private let workspace: Workspace
  private let compute: @Sendable () throws -> Value
  private let value = Mutex<Value?>(nil)

  init(
    _ key: CacheKey, label: String, inputs: [any ResultStep] = [], in workspace: Workspace,
    coding: ResultCoding<Value>, compute: @escaping @Sendable () throws -> Value
  ) {
    self.key = key
    self.label = label
    self.inputs = inputs
    self.workspace = workspace
    self.coding = coding
    self.compute = compute
    workspace.record?.add(key)
  }

  /// The value: from memory, from the store, or computed now and stored.
  /// - Throws: ``PendingResult`` where the workspace's policy does not let it be computed
  func get() throws -> Value {
    try value.withLock { held in
      if let held { return held }
      let stored = try fetch { held = $0 }
      let result = try held ?? coding.decode(stored)
      held = result
      return result
    }
  }

  /// The value of a result that the script shows: it stands in the lock.
  func shown() throws -> Value {
    workspace.expect(self)
    return try value.withLock { held in
      let stored = try fetch { held = $0 }
      workspace.note(stored)
      let result = try held ?? coding.decode(stored)
      held = result
      return result
    }
  }

  /// - Parameter computed: receives the value where it had to be computed
  private func fetch(_ computed: (Value) -> Void) throws -> StoredResult {
    workspace.ask(for: self)
    let clock = ComputationClock()
    if let other = try unlessComputable() {
      report(other, clock, cached: true)
      return other
    }
    do {
      let (result, cached) = try workspace.store.value(
        for: key, poll: { try checkCancellation() },
        compute: { store in
          let keeper = StoredTraining(key, in: workspace)
          let value = try clock.measure { try TrainingLoop.withKeeper(keeper, compute) }
          let parts = try coding.encode(value)
          computed(value)
          let result = try store.put(
            key, blobs: parts.blobs, summary: parts.summary, label: label, numbers: parts.numbers)
          keeper.discard()
          return result
        })
      report(result, clock, cached: cached)
      return result
    } catch {
      if !(error is PendingResult) {
        workspace.record?.add(
          RunRecord.Step(name: name, seconds: clock.seconds, outcome: "failed", key: key.hash))
      }
      throw error
    }
  }

  /// What stands in for the result where the policy forbids to compute it; nil where it does not.
  private func unlessComputable() throws -> StoredResult? {
    switch workspace.policy {
    case .compute: return nil
    case .sample(let rules) where ComputationClock.isRunning || rules.chosen.contains(key.hash):
      return nil
    case .plan:
      if let found = try workspace.store.value(for: key) { return found }
    case .sample(let rules):
      if let found = try workspace.store.value(for: key) ?? rules.trusted(key) { return found }
    }
    throw PendingResult(step: self)
  }

  private func report(_ result: StoredResult, _ clock: ComputationClock, cached: Bool) {
    workspace.record?.add(
      RunRecord.Step(
        name: name, seconds: clock.seconds, outcome: cached ? "cached" : "run",
        ownSeconds: clock.ownSeconds, key: key.hash, content: result.contentHash))
  }
}

/// Measures a computation with and without the computations that it asks for.
final class ComputationClock: Sendable {
  @TaskLocal private static var current: ComputationClock?
  private let start = ContinuousClock.now
  private let inner = Mutex(0.0)

  /// Whether a result is being computed on this thread.
  static var isRunning: Bool { current != nil }

  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
  var ownSeconds: Double { max(0, seconds - inner.withLock { $0 }) }

  func measure<T>(_ body: () throws -> T) rethrows -> T {
    let outer = Self.current
    defer { outer?.add(seconds) }
    return try Self.$current.withValue(self, operation: body)
  }

  private func add(_ seconds: Double) { inner.withLock { $0 += seconds } }
}
