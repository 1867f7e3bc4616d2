import Experiments
import JSON
import ModelTools
import ScriptInterpreter
import Synchronization
import Video

/// A result that is a sequence: one part for each clip of a dataset, each written once and read
/// when it is needed.
struct StoredSequence<Part: Sendable>: Sendable {
  /// Computes one part.
  typealias Body = @Sendable (_ index: Int) throws -> Part

  let count: Int
  /// What the user sees of the computation.
  let title: String
  let coding: PartCoding<Part>
  private let maker: Maker

  /// - Parameter prepare: gives what computes the parts, and asks for everything that they are made
  ///   from, such as a model; called at most once
  init(
    count: Int, title: String, coding: PartCoding<Part>,
    prepare: @escaping @Sendable () throws -> Body
  ) {
    self.count = count
    self.title = title
    self.coding = coding
    maker = Maker(prepare)
  }

  /// Computes the parts that are missing; gives them all, on disk. What they are made from is asked
  /// for first, on this thread, also when every part is there already: a result names its inputs.
  fileprivate func save(_ parts: KeptParts) throws -> PartialResult {
    let body = try maker.body()
    return try parts.save(count, title, unit: "clips", coding: coding, body)
  }

  /// The parts of a stored result. One that is missing or corrupt is recomputed, unless nothing may
  /// be computed.
  fileprivate func sequence(
    of result: StoredResult, _ step: any ResultStep, in workspace: Workspace, at place: CallPlace
  ) throws -> ClipSequence<Part> {
    let stored = try result.parts()
    guard stored.parts.count == count else {
      throw StoreError.invalidResult(
        command: result.key.command,
        reason: "it has \(stored.parts.count) parts, and there are \(count) clips")
    }
    let key = result.key
    return ClipSequence(count: count) { index in
      if let data = workspace.store.part(index, of: stored, key) {
        return try coding.decode(data)
      }
      if case .plan = workspace.policy { throw PendingResult(step: step) }
      return try CommandContext.failing(at: place) {
        let part = try maker.body()(index)
        try workspace.store.restore(try coding.encode(part), asPart: index, of: stored, key)
        return part
      }
    }
  }

  /// Prepares once; a failure stays one.
  private final class Maker: Sendable {
    private let prepare: @Sendable () throws -> Body
    private let prepared = Mutex<Result<Body, any Error>?>(nil)

    init(_ prepare: @escaping @Sendable () throws -> Body) { self.prepare = prepare }

    func body() throws -> Body {
      try prepared.withLock { prepared in
        if let prepared { return try prepared.get() }
        let made = Result { try prepare() }
        // What was stopped or may not run now can be asked for again.
        if case .failure(let error) = made, error is CancelledError || error is PendingResult {
          throw error
        }
        prepared = made
        return try made.get()
      }
    }
  }
}

extension CommandContext {
  /// The sequence that this call gives, under its key, to be computed when somebody needs it.
  func deferred<Part: Sendable>(
    _ label: String, sequence: StoredSequence<Part>
  ) -> Deferred<ClipSequence<Part>> {
    let (key, workspace, place) = (key(), workspace, place)
    let parts = KeptParts(key, in: workspace)
    return Deferred(
      key, label: label, inputs: inputs, in: workspace,
      decode: { try sequence.sequence(of: $0, $1, in: workspace, at: place) },
      make: { result in
        try Self.failing(at: place) {
          let computed = try sequence.save(parts)
          try UnchangedInputs.require()
          let stored = try result.store.put(
            result.key, partsOf: computed, count: sequence.count,
            summary: ["clips": .int(sequence.count)], label: result.label,
            inputs: result.inputs())
          return (nil, stored)
        }
      })
  }
}
