import Diagnostics
import Experiments
import MotionEnhancer
import ScriptInterpreter

/// A model of either kind, in a file or still to be trained.
struct ModelHandle: StepBearing {
  enum Content: Sendable {
    case videoDiffusion(Deferred<DiffusionBundle>)
    case visionLanguage(Deferred<LanguageBundle>)
  }

  let name: String
  let content: Content
  /// What it is read from; nil for models made by a script.
  var source: InputFiles?

  let typeName = "model"
  var description: String { "model \"\(name)\"" }

  var steps: [any ResultStep] {
    switch content {
    case .videoDiffusion(let deferred): [deferred]
    case .visionLanguage(let deferred): [deferred]
    }
  }

  var contentHash: String {
    switch content {
    case .videoDiffusion(let deferred): deferred.key.hex
    case .visionLanguage(let deferred): deferred.key.hex
    }
  }

  func videoDiffusion() throws -> DiffusionBundle {
    guard case .videoDiffusion(let deferred) = content else {
      throw CommandError("\(description) is a vision-language model; expected a diffusion model")
    }
    return try deferred.get()
  }

  func visionLanguage() throws -> LanguageBundle {
    guard case .visionLanguage(let deferred) = content else {
      throw CommandError("\(description) is a diffusion model; expected a vision-language model")
    }
    return try deferred.get()
  }

  /// The files of its checkpoint, as they are stored.
  func files() throws -> CheckpointFiles {
    switch content {
    case .videoDiffusion(let deferred): CheckpointFiles(try deferred.stored().blobs)
    case .visionLanguage(let deferred): CheckpointFiles(try deferred.stored().blobs)
    }
  }
}
