import Experiments
import MotionAlignment
import ScriptInterpreter

/// The motion priors of a dataset's clips, one for each.
struct PriorsHandle: HandleValue {
  let priors: Deferred<[MotionPrior]>
  let data: DatasetHandle
  let label: String
  /// Where they come from; nil for priors that are made of others.
  var origin: PriorOrigin?

  let typeName = "priors"
  var contentHash: String { priors.key.hex }
  var description: String { "priors of \(data.count) clips (\(label))" }
}

/// What is known of extracted priors before anything is extracted.
struct PriorOrigin: Sendable {
  let model: ModelHandle
  let identity: HeadIdentity
  /// The text that a clip is read under.
  let sentence: @Sendable (Int) throws -> String
}

/// Rows to align with, one target for each clip of a dataset; made from priors when needed.
struct TargetsHandle: HandleValue {
  let label: String
  let data: DatasetHandle
  let contentHash: String
  private let make: @Sendable () throws -> [AlignmentTarget]

  init(
    _ label: String, data: DatasetHandle, hash: CacheKey,
    make: @escaping @Sendable () throws -> [AlignmentTarget]
  ) {
    self.label = label
    self.data = data
    contentHash = hash.hex
    self.make = make
  }

  let typeName = "targets"
  var description: String { "targets of \(data.count) clips (\(label))" }

  func targets() throws -> [AlignmentTarget] { try make() }
}

/// Heads chosen, tokens still to choose: what `select_heads` hands to `select_tokens`.
struct SelectedHeadsHandle: HandleValue {
  let priors: PriorsHandle
  let selection: HeadSelection
  let contentHash: String

  let typeName = "heads"
  var description: String { "selected heads of \(priors.description)" }
}
