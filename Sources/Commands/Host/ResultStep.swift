import Canonical
import Experiments
import ScriptInterpreter

/// A result that a script may ask for: known by its key before it exists.
public protocol ResultStep: AnyObject, Sendable {
  var key: CacheKey { get }
  var label: String { get }
  /// The results that it is made from, as far as they are arguments of its command.
  var inputs: [any ResultStep] { get }
  /// How many results are made from one another up to this one, itself included.
  var depth: Int { get }
  /// What became of it; nil until somebody asked for it.
  var trace: ResultTrace? { get }
}

/// Which bits a result has and from which it was made.
public struct ResultTrace: Sendable {
  let content: ContentHash
  /// The content of every result that went into it, directly or not, by key.
  let inputs: [ContentHash: ContentHash]

  init(_ stored: StoredResult) {
    content = stored.contentHash
    inputs = stored.inputs
  }

  /// The contents of results and of all that went into them, by key, as far as somebody asked for
  /// them; files that were only loaded are no results.
  static func contents(of steps: [any ResultStep]) -> [ContentHash: ContentHash] {
    var contents: [ContentHash: ContentHash] = [:]
    for step in steps {
      guard !step.isLoading, let trace = step.trace else { continue }
      contents.merge(trace.inputs) { $1 }
      contents[step.key.hash] = trace.content
    }
    return contents
  }
}

extension ResultStep {
  /// Whether it only reads files, which costs no time.
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
  var description: String { "\(step.name) is not cached yet" }
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
  /// Those with these keys, from nothing, with everything they need; scripts go on with
  /// placeholders for the others.
  case sample(Set<ContentHash>)
}
