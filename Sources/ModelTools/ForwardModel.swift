import Capture
import Checkpoints
import Diagnostics
import JSON
import Layers
import Tensors
import VideoDiffusion

/// A class of models behind `merepl forward`, under the reference library's names.
protocol ForwardModel {
  /// What `config.json` calls the class.
  static var classNames: [String] { get }

  /// Options of this class beyond those of all.
  static var options: Set<ForwardOption> { get }

  /// What a model in a folder takes.
  /// - Parameter names: what the file of inputs has, where that decides
  static func inputs(of folder: ModelFolder, names: [String]) throws -> [InputDescription]

  /// What can be read of a run.
  /// - Parameter configuration: the model's config.json
  static func activations(_ configuration: JSONNode) throws -> ActivationTable

  /// Reads the configuration and the weights.
  init(_ folder: ModelFolder, _ weights: CheckpointDirectory, options: ForwardOptions) throws

  /// All parameters, under their keys in the checkpoint.
  var store: ParameterStore { get }

  /// Keys of the checkpoint that are tables and not parameters: they have no gradient.
  static var buffers: Set<String> { get }

  func run(_ inputs: ForwardInputs, _ request: ForwardRequest) throws -> ForwardOutputs
}

/// An option that only some classes have, by its name on the command line.
enum ForwardOption: String, Sendable {
  case mrope = "--mrope"
  case v2pe = "--v2pe"
  case tiling = "--tiling"
}

/// How a model is computed, beyond its configuration.
struct ForwardOptions: Sendable {
  /// Where the text after a video goes on, for models with multimodal positions.
  var textPosition: String?
  /// How far a vision token moves the position on, for models with plain positions.
  var visionStep: Double?
  /// Cuts large pictures into tiles, for autoencoders.
  var tiling: VAETiling?

  /// Refuses what a class does not have.
  func check(for type: any ForwardModel.Type) throws {
    let given: [(ForwardOption, Bool)] = [
      (.mrope, textPosition != nil), (.v2pe, visionStep != nil), (.tiling, tiling != nil),
    ]
    for (option, isGiven) in given where isGiven && !type.options.contains(option) {
      throw CommandError(
        "\(type.className) does not support \(option.rawValue)",
        suggestion: "remove \(option.rawValue)", exitCode: 64)
    }
  }
}

/// What is wanted beside the outputs.
struct ForwardRequest {
  var activations: ActivationSelection?
  var gradients = false
  /// Called after each part of the work; throws to stop.
  var advance: () throws -> Void = {}

  /// A probe that adds what is wanted to the outputs.
  func probe(into outputs: ForwardOutputs) -> Probe {
    activations.map { outputs.activations.probe($0) } ?? .none
  }
}

/// What a model gives.
struct ForwardOutputs {
  var tensors: [(name: String, tensor: Tensor)] = []
  /// The requested activations.
  let activations = CollectedActivations()
  /// Of the loss, or of the outputs times their cotangents.
  var gradients: Gradients?
  /// What the reader of the outputs has to know.
  var warnings: [String] = []
}

extension ForwardModel {
  static var className: String { classNames[0] }
  static var options: Set<ForwardOption> { [] }
  static var buffers: Set<String> { [] }

  /// Refuses `--component` where a model has no parts.
  static func requireWhole(_ folder: ModelFolder) throws {
    guard let component = folder.component else { return }
    throw CommandError(
      "\(folder.path): \(folder.className) has no component \"\(component)\"",
      suggestion: "remove --component", exitCode: 64)
  }
}

/// The classes that are built.
enum ForwardModels {
  static var all: [any ForwardModel.Type] {
    [
      TransformerForward.self, AutoencoderForward.self, TextEncoderForward.self, QwenForward.self,
      InternVLForward.self,
    ]
  }

  static func type(for folder: ModelFolder) throws -> any ForwardModel.Type {
    if let type = all.first(where: { $0.classNames.contains(folder.className) }) { return type }
    throw ForwardError.missing(
      "\(folder.path)/config.json: unknown model class \"\(folder.className)\"",
      suggestion: "known classes: " + all.flatMap { $0.classNames }.joined(separator: ", "))
  }
}
