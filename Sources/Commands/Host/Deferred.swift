import Canonical
import Experiments
import Foundation
import JSON
import ModelTools
import Ranks
import ScriptInterpreter
import Synchronization
import Training

/// Where a result goes in the store.
struct ResultPlace {
  let store: ResultStore
  let key: CacheKey
  let label: String
  /// The contents of what went into it, known once it is computed.
  let inputs: @Sendable () -> [ContentHash: ContentHash]
}

/// How a result that is written as a whole is put into the store and read back.
struct ResultCoding<Value>: Sendable {
  let encode:
    @Sendable (Value) throws -> (
      blobs: [String: Data], summary: JSONValue, numbers: ResultNumbers
    )
  let decode: @Sendable (StoredResult) throws -> Value

  func put(_ value: Value, at place: ResultPlace) throws -> StoredResult {
    let parts = try encode(value)
    return try place.store.put(
      place.key, blobs: parts.blobs, summary: parts.summary, label: place.label,
      inputs: place.inputs(), numbers: parts.numbers)
  }
}

/// The result of an expensive command: known by its key at once, computed or read when somebody
/// needs it. A later command whose own result is stored never asks.
///
/// It owns what it is computed from: values that were taken when the command was called, and files
/// that have to have the hashes which they had then (``InputFiles``).
final class Deferred<Value: Sendable>: ResultStep {
  let key: CacheKey
  let label: String
  let inputs: [any ResultStep]
  let depth: Int
  private let workspace: Workspace
  private let decode: @Sendable (StoredResult, any ResultStep) throws -> Value
  private let make: @Sendable (ResultPlace) throws -> (Value?, StoredResult)
  private let state = Mutex(State())

  private struct State {
    var value: Value?
    var trace: ResultTrace?
  }

  /// - Parameters:
  ///   - decode: reads the value from a stored result; is given this step as well
  ///   - make: computes the value and stores it; the value is nil where it is to be read
  init(
    _ key: CacheKey, label: String, inputs: [any ResultStep] = [], in workspace: Workspace,
    decode: @escaping @Sendable (StoredResult, any ResultStep) throws -> Value,
    make: @escaping @Sendable (ResultPlace) throws -> (Value?, StoredResult)
  ) {
    self.key = key
    self.label = label
    self.inputs = inputs
    depth = 1 + (inputs.map(\.depth).max() ?? 0)
    self.workspace = workspace
    self.decode = decode
    self.make = make
    workspace.record?.add(key)
  }

  /// A result that is computed and then written as a whole.
  convenience init(
    _ key: CacheKey, label: String, inputs: [any ResultStep] = [], in workspace: Workspace,
    coding: ResultCoding<Value>, compute: @escaping @Sendable () throws -> Value
  ) {
    self.init(
      key, label: label, inputs: inputs, in: workspace,
      decode: { stored, _ in try coding.decode(stored) },
      make: { place in
        let value = try compute()
        try UnchangedInputs.require()
        return (value, try coding.put(value, at: place))
      })
  }

  var trace: ResultTrace? { state.withLock { $0.trace } }

  /// The value: from memory, from the store, or computed now and stored. What a script asks for by
  /// itself belongs into its lock.
  /// - Throws: ``PendingResult`` where the workspace's policy does not let it be computed
  func get() throws -> Value {
    try state.withLock { state in
      workspace.ask(for: self)
      if let value = state.value, let trace = state.trace {
        workspace.note(self, trace)
        return value
      }
      let (value, stored) = try fetch()
      state.value = value
      state.trace = ResultTrace(stored)
      workspace.note(self, ResultTrace(stored))
      return value
    }
  }

  /// The result as it is stored, computed first where it is not.
  func stored() throws -> StoredResult {
    _ = try get()
    if let found = try workspace.store.value(for: key) { return found }
    // Somebody removed it in between.
    return try state.withLock { state in
      let (value, stored) = try fetch()
      (state.value, state.trace) = (value, ResultTrace(stored))
      return stored
    }
  }

  private func fetch() throws -> (Value, StoredResult) {
    let clock = ComputationClock()
    if let other = try unlessComputable() {
      guard let value = decoded(other) else { throw PendingResult(step: self) }
      report(other, clock, cached: true)
      return (value, other)
    }
    do {
      // What can be read but makes no sense is computed again, like what is damaged.
      if let known = try workspace.store.value(for: key), let value = decoded(known) {
        report(known, clock, cached: true)
        return (value, known)
      }
      var held: Value?
      let (result, cached) = try workspace.store.value(
        for: key,
        isUsable: {
          held = self.decoded($0)
          return held != nil
        },
        poll: { try checkCancellation() },
        compute: { store in
          let keeper = StoredTraining(key, in: workspace)
          let place = ResultPlace(store: store, key: key, label: label) { [inputs] in
            ResultTrace.contents(of: inputs)
          }
          let (value, result) = try clock.measure {
            try TrainingRun.keepingStates(in: keeper) { try make(place) }
          }
          held = value
          keeper.discard()
          return result
        })
      report(result, clock, cached: cached)
      return (try held ?? decode(result, self), result)
    } catch {
      if !(error is PendingResult) {
        workspace.record?.add(
          RunRecord.Step(name: name, seconds: clock.seconds, outcome: "failed", key: key.hash))
      }
      throw error
    }
  }

  private func decoded(_ result: StoredResult) -> Value? {
    do {
      return try decode(result, self)
    } catch {
      workspace.warn("the cached result of \(name) is corrupt (\(error)); recomputing it")
      return nil
    }
  }

  /// What stands in for the result where the policy forbids to compute it; nil where it does not.
  private func unlessComputable() throws -> StoredResult? {
    switch workspace.policy {
    case .compute: return nil
    case .sample(let chosen) where ComputationClock.isRunning || chosen.contains(key.hash):
      return nil
    case .sample: break
    case .plan:
      if let found = try workspace.store.value(for: key) { return found }
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
  /// The computation of a piece of work, on all its threads.
  private enum Key: WorkKey { static let defaultValue: ComputationClock? = nil }
  private static var current: ComputationClock? { WorkContext.value(Key.self) }
  private let start = ContinuousClock.now
  private let inner = Mutex(0.0)

  /// Whether a result is being computed on this thread.
  static var isRunning: Bool { current != nil }

  var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
  var ownSeconds: Double { max(0, seconds - inner.withLock { $0 }) }

  func measure<T>(_ body: () throws -> T) rethrows -> T {
    let outer = Self.current
    defer { outer?.add(seconds) }
    return try WorkContext.with(Key.self, self, body)
  }

  private func add(_ seconds: Double) { inner.withLock { $0 += seconds } }
}
