import Experiments
import JSON
import ModelTools
import Synchronization
import Video

/// A result that is a sequence: one part for each clip of a dataset, each written once and read
/// when somebody asks for it.
struct StoredSequence<Part: Sendable>: Sendable {
  /// What is needed to compute parts, such as a model: made once, and only where a part is missing.
  typealias Body = @Sendable (_ index: Int) throws -> Part

  let count: Int
  /// What the user sees of the computation.
  let title: String
  let coding: PartCoding<Part>
  private let maker: Maker

  /// - Parameter prepare: gives what computes the parts
  init(
    count: Int, title: String, coding: PartCoding<Part>,
    prepare: @escaping @Sendable () throws -> Body
  ) {
    self.count = count
    self.title = title
    self.coding = coding
    maker = Maker(prepare)
  }

  /// Computes the parts that are missing; gives them all, on disk.
  fileprivate func save(_ parts: KeptParts) throws -> PartialResult {
    try parts.save(count, title, unit: "clips", coding: coding) { try maker.part($0) }
  }

  /// The parts of a stored result. One that is missing or damaged is recomputed.
  fileprivate func sequence(
    of result: StoredResult, in workspace: Workspace
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
      let part = try maker.part(index)
      try workspace.store.restore(try coding.encode(part), asPart: index, of: stored, key)
      return part
    }
  }

  private final class Maker: Sendable {
    private let prepare: @Sendable () throws -> Body
    private let body = Mutex<Body?>(nil)

    init(_ prepare: @escaping @Sendable () throws -> Body) { self.prepare = prepare }

    func part(_ index: Int) throws -> Part {
      let ready = try body.withLock { body in
        if let body { return body }
        let made = try prepare()
        body = made
        return made
      }
      return try ready(index)
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
      decode: { try sequence.sequence(of: $0, in: workspace) },
      make: { result in
        try Self.failing(at: place) {
          let computed = try sequence.save(parts)
          try UnchangedInputs.require()
          let stored = try result.store.put(
            result.key, partsOf: computed, count: sequence.count,
            summary: ["clips": .int(sequence.count)], label: result.label,
            inputs: result.inputs())
          return (try sequence.sequence(of: stored, in: workspace), stored)
        }
      })
  }
}
