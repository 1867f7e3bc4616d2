import Experiments
import ScriptInterpreter

/// A result that a script may ask for: known by its key before it exists.
public protocol ResultStep: AnyObject, Sendable {
  var key: CacheKey { get }
  var label: String { get }
  /// The results that it is made from, as far as they are arguments of its command.
  var inputs: [any ResultStep] { get }
}

extension ResultStep {
  /// Whether making it only reads files: no work that anybody waits for.
  public var isLoading: Bool { key.command == "model" }

  public var name: String { ResultTitle.text(key.command, label) }
}

/// A handle that stands for results, its own or those that it is made from.
protocol StepBearing: HandleValue {
  var steps: [any ResultStep] { get }
}

extension Value {
  /// The results behind the handles in this value.
  public var resultSteps: [any ResultStep] {
    switch self {
    case .handle(let handle): (handle as? any StepBearing)?.steps ?? []
    case .list(let list): list.flatMap(\.resultSteps)
    case .record(let record): record.fields.values.flatMap(\.resultSteps)
    case .function(let function):
      if case .closure(let closure) = function.kind {
        closure.captured.sorted { $0.key < $1.key }.flatMap { $0.value.resultSteps }
      } else {
        []
      }
    default: []
    }
  }
}

/// Thrown where a script needs a result that may not be computed now.
struct PendingResult: Error, CustomStringConvertible {
  let step: any ResultStep
  var description: String { "\(step.name) is not there yet" }
}

/// Stands in a plan for the result of a command that would run.
struct PendingHandle: StepBearing {
  let step: any ResultStep

  let typeName = "pending result"
  var steps: [any ResultStep] { [step] }
  var contentHash: String { step.key.hex }
  var description: String { "(\(step.name) would run)" }
  var isPending: Bool { true }
}

/// Which results that are not in the store may be computed.
public enum ResultPolicy: Sendable {
  /// All.
  case compute
  /// None: scripts go on with placeholders.
  case plan
  /// Some, with everything they need; see ``SampleRules``.
  case sample(SampleRules)

  public var computesAll: Bool {
    if case .compute = self { return true }
    return false
  }
}

/// What a recomputation of chosen results may use.
public struct SampleRules: Sendable {
  /// Results to compute from nothing.
  public let chosen: Set<ContentHash>
  /// Where other results may come from, and the content that a lock says they have.
  public let store: ResultStore
  public let contents: [String: ContentHash]

  public init(chosen: Set<ContentHash>, store: ResultStore, lock: Lockfile) {
    self.chosen = chosen
    self.store = store
    contents = Dictionary(lock.results.map { ($0.key, $0.content) }) { $1 }
  }

  /// A result of the other store that has the very bits that the lock names.
  func trusted(_ key: CacheKey) throws -> StoredResult? {
    guard let content = contents[key.hash.short], let found = try store.value(for: key),
      found.contentHash == content
    else { return nil }
    return found
  }
}
