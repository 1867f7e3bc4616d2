import Checkpoints
import Diagnostics
import Experiments
import Foundation
import JSON
import MotionEnhancer
import ScriptInterpreter
import Tensors
import Tokenizers
import Video
import VideoDiffusion
import VisionLanguage

/// A diffusion pipeline with all that its checkpoint holds. A value: whoever trains begins with a
/// copy of the model.
struct DiffusionBundle: Sendable {
  let model: VideoDiffusionModel
  /// What its latents are multiplied by, `scaling_factor` of the autoencoder's configuration.
  let scalingFactor: Float
  /// The files of its tokenizer.
  let tokenizer: CheckpointFiles
  /// The checkpoint that it was read from; nil for a model that was trained.
  private let original: CheckpointFiles?

  /// - Parameter model: sealed here; nobody trains it any more
  init(_ model: VideoDiffusionModel, scalingFactor: Float, tokenizer: CheckpointFiles) {
    model.seal()
    self.model = model
    self.scalingFactor = scalingFactor
    self.tokenizer = tokenizer
    original = nil
  }

  /// Reads a checkpoint in diffusers' layout.
  /// - Parameter name: what errors call it
  init(_ files: CheckpointFiles, name: String, in workspace: Workspace) throws {
    model = try files.withFolder(in: workspace, name: name) {
      try VideoDiffusionModel(directory: $0)
    }
    for warning in model.warnings { workspace.warn(warning) }
    scalingFactor = model.vae.configuration.scalingFactor
    tokenizer = files.below("tokenizer")
    original = files
  }

  /// A clip as the transformer sees it, without gradients: `[1, frames, channels, height, width]`.
  func latents(of clip: Clip) -> Tensor {
    withoutGradients {
      model.vae.encode(model.video(clip)).mean.permuted([0, 2, 1, 3, 4]) * scalingFactor
    }
  }

  /// The files of its checkpoint.
  func files(in workspace: Workspace) throws -> CheckpointFiles {
    if let original { return original }
    return try CheckpointFiles(
      writtenBy: { folder in
        try model.write(to: folder, scalingFactor: scalingFactor) { try tokenizer.write(to: $0) }
      }, in: workspace)
  }
}

/// A vision-language model with all that its checkpoint holds.
struct LanguageBundle: Sendable {
  let student: StudentModel
  /// Its configuration and the files of its tokenizer: all but the weights.
  let rest: CheckpointFiles
  /// The checkpoint that it was read from; nil for a model that was trained.
  private let original: CheckpointFiles?

  private static let weights = "model.safetensors"

  init(_ student: StudentModel, rest: CheckpointFiles) {
    self.student = student
    self.rest = rest
    original = nil
  }

  /// Reads a checkpoint in transformers' layout.
  /// - Parameter name: what errors call it
  init(_ files: CheckpointFiles, name: String, in workspace: Workspace) throws {
    student = try files.withFolder(in: workspace, name: name) {
      try StudentModel(directory: $0, tokenizer: try TokenizerLoader.load(directory: $0))
    }
    guard student.tokenizer.id(of: "<|im_end|>") != nil else {
      throw CommandError(
        "the tokenizer of \(name) has no <|im_end|>: its files are missing or corrupt", exitCode: 5)
    }
    rest = CheckpointFiles(files.bytes.filter { !$0.key.hasSuffix(".safetensors") })
    original = files
  }

  /// The same with other weights.
  func with(_ student: StudentModel) -> LanguageBundle { LanguageBundle(student, rest: rest) }

  /// The files of its checkpoint.
  func files() throws -> CheckpointFiles {
    if let original { return original }
    return rest.adding(CheckpointFiles([Self.weights: try TensorArchive.data(student.weights)]))
  }
}

/// Models in the store: a result holds every file of the checkpoint, so that it is read the same
/// whatever has become of the files that it was made from.
enum ModelCoding {
  static func diffusion(_ workspace: Workspace) -> ResultCoding<DiffusionBundle> {
    ResultCoding(
      encode: { bundle in
        (
          try bundle.files(in: workspace).bytes, .null, TensorArchive.finite(bundle.model.entries)
        )
      },
      decode: { result in
        try DiffusionBundle(CheckpointFiles(result.blobs), name: result.label, in: workspace)
      })
  }

  static func language(_ workspace: Workspace) -> ResultCoding<LanguageBundle> {
    ResultCoding(
      encode: { bundle in
        (try bundle.files().bytes, .null, TensorArchive.finite(bundle.student.weights))
      },
      decode: { result in
        try LanguageBundle(CheckpointFiles(result.blobs), name: result.label, in: workspace)
      })
  }
}
