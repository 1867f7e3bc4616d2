import Experiments
import Foundation
import JSON
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
final class Deferred<Value: Sendable>: Sendable {
  let key: CacheKey
  let label: String
  private let coding: ResultCoding<Value>
  private let workspace: Workspace
  private let compute: @Sendable () throws -> Value
  private let value = Mutex<Value?>(nil)

  init(
    _ key: CacheKey, label: String, in workspace: Workspace, coding: ResultCoding<Value>,
    compute: @escaping @Sendable () throws -> Value
  ) {
    self.key = key
    self.label = label
    self.workspace = workspace
    self.coding = coding
    self.compute = compute
  }

  /// The value: from memory, from the store, or computed now and stored.
  func get() throws -> Value {
    try value.withLock { held in
      if let held { return held }
      let started = ContinuousClock.now
      let (stored, cached) = try workspace.store.value(
        for: key, poll: { try checkCancellation() }
      ) { store in
        let value = try compute()
        let parts = try coding.encode(value)
        held = value
        return try store.put(
          key, blobs: parts.blobs, summary: parts.summary, label: label, numbers: parts.numbers)
      }
      let elapsed = (ContinuousClock.now - started) / .seconds(1)
      workspace.record?.add(
        RunRecord.Step(
          name: "\(key.command) \(label)", seconds: elapsed, outcome: cached ? "cached" : "run"))
      let result = try held ?? coding.decode(stored)
      held = result
      return result
    }
  }

  /// The content hash of the stored result; computes it if need be.
  func stored() throws -> StoredResult {
    if let found = try workspace.store.value(for: key) { return found }
    _ = try get()
    guard let found = try workspace.store.value(for: key) else {
      throw CommandError("the result of \(key) vanished from the store while it was in use")
    }
    return found
  }
}
