import Diagnostics
import Experiments
import MotionEnhancer
import ScriptInterpreter
import Video

/// The motion priors of a dataset's clips, one for each.
struct PriorsHandle: StepBearing {
  let priors: Deferred<ClipSequence<MotionPrior>>
  let data: DatasetHandle
  let label: String
  /// Where they come from; nil for priors that are made of others.
  var origin: PriorOrigin?

  let typeName = "priors"
  var contentHash: String { priors.key.hex }
  var steps: [any ResultStep] { [priors] }
  var description: String { "priors of \(counted(data.count, "clip")) (\(label))" }
}

/// What is known of extracted priors before anything is extracted.
struct PriorOrigin: Sendable {
  let model: ModelHandle
  let identity: HeadIdentity
  /// The text that a clip is read under.
  let sentence: @Sendable (Int) throws -> String
}

/// Rows to align with, one target for each clip of a dataset; made from priors when needed.
struct TargetsHandle: StepBearing {
  let label: String
  let data: DatasetHandle
  let contentHash: String
  let steps: [any ResultStep]
  private let make: @Sendable () throws -> ClipSequence<AlignmentTarget>

  /// - Parameter context: the call that makes it, whose key names its content
  init(
    _ label: String, data: DatasetHandle, _ context: CommandContext,
    make: @escaping @Sendable () throws -> ClipSequence<AlignmentTarget>
  ) throws {
    self.label = label
    self.data = data
    contentHash = context.key().hex
    steps = context.inputs
    self.make = make
  }

  let typeName = "targets"
  var description: String { "targets of \(counted(data.count, "clip")) (\(label))" }

  /// Each target is made when somebody asks for it.
  func targets() throws -> ClipSequence<AlignmentTarget> { try make() }
}

/// Heads chosen, tokens still to choose: what `select_heads` hands to `select_tokens`.
struct SelectedHeadsHandle: StepBearing {
  let priors: PriorsHandle
  let selection: HeadSelection
  let contentHash: String

  let typeName = "heads"
  var steps: [any ResultStep] { priors.steps }
  var description: String { "selected heads of \(priors.description)" }
}
