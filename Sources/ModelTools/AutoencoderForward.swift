import Capture
import Checkpoints
import Diagnostics
import JSON
import Layers
import Tensors
import VideoDiffusion

/// `AutoencoderKLCogVideoX`: the encoder (`x` -> `latent.mean`, `latent.logvar`) or the decoder
/// (`z` -> `sample`).
struct AutoencoderForward: ForwardModel {
  static let classNames = ["AutoencoderKLCogVideoX"]
  static let options: Set<ForwardOption> = [.tiling]

  private let model: CausalVAE
  private let tiling: VAETiling?
  var store: ParameterStore { model.store }

  private enum Half: String {
    case encoder
    case decoder

    var input: String { self == .encoder ? "x" : "z" }
  }

  /// What `--component` says, or else what the inputs are for.
  private static func half(of folder: ModelFolder, names: [String]) throws -> Half {
    if let component = folder.component {
      if let half = Half(rawValue: component) { return half }
      throw CommandError(
        "\(folder.path): \(className) has no component \"\(component)\"",
        suggestion: "use --component encoder or --component decoder", exitCode: 64)
    }
    switch (names.contains("x"), names.contains("z")) {
    case (true, false): return .encoder
    case (false, true): return .decoder
    default:
      throw CommandError(
        "\(folder.path): \(className) expected either x (encode) or z (decode)",
        suggestion: "use --component encoder or --component decoder", exitCode: 64)
    }
  }

  static func inputs(of folder: ModelFolder, names: [String]) throws -> [InputDescription] {
    switch try half(of: folder, names: names) {
    case .encoder:
      [
        .init(name: "x", contents: "[batch, channels, frames, height, width]", isRequired: true),
        .init(name: "cotangent", contents: "same shape as latent.mean, or with twice its channels"),
        .init(name: "cotangent.latent.mean", contents: "same shape as latent.mean"),
        .init(name: "cotangent.latent.logvar", contents: "same shape as latent.logvar"),
      ]
    case .decoder:
      [
        .init(
          name: "z", contents: "[batch, channels, frames, height, width] of latents",
          isRequired: true),
        .init(name: "cotangent", contents: "same shape as sample"),
      ]
    }
  }

  /// A clip is coded in batches of frames, whose activations are no parts of one tensor.
  static func activations(_ configuration: JSONNode) -> ActivationTable { ActivationTable([]) }

  init(_ folder: ModelFolder, _ weights: CheckpointDirectory, options: ForwardOptions) throws {
    model = try CausalVAE(weights)
    tiling = options.tiling
  }

  func run(_ inputs: ForwardInputs, _ request: ForwardRequest) throws -> ForwardOutputs {
    var outputs = ForwardOutputs()
    outputs.warnings = model.configuration.warnings
    if inputs.has(Half.decoder.input) {
      let sample = try model.decode(
        checking: inputs.tensor("z", rank: 5), tiling: tiling)
      outputs.tensors = [("sample", sample)]
      outputs.gradients = try inputs.gradients(of: sample, named: "sample", request)
    } else {
      let (mean, logVariance) = try model.encode(
        checking: inputs.tensor("x", rank: 5), tiling: tiling)
      outputs.tensors = [("latent.mean", mean), ("latent.logvar", logVariance)]
      if request.gradients {
        let gradients = Gradients()
        gradients.backward(
          from: Tensor.concatenate([mean, logVariance], axis: 1),
          cotangent: try cotangent(inputs, mean.shape))
        outputs.gradients = gradients
      }
    }
    return outputs
  }

  /// Cotangents of mean and log variance side by side; one that is not given is zero.
  private func cotangent(_ inputs: ForwardInputs, _ shape: [Int]) throws -> Tensor {
    var both = shape
    both[1] *= 2
    let names = ["cotangent.latent.mean", "cotangent.latent.logvar"]
    if inputs.has("cotangent"), let extra = names.first(where: inputs.has) {
      throw ForwardError.unfit(
        "\(inputs.path): \"cotangent\" and \"\(extra)\" cannot be combined; use one")
    }
    if inputs.shape("cotangent") == both {
      return try inputs.tensor("cotangent", shape: both, "\(both)")
    }
    let parts =
      try inputs.has("cotangent")
      ? [inputs.tensor("cotangent", shape: shape, "\(shape) or \(both)"), nil]
      : names.map { try inputs.tensorIfPresent($0, shape: shape, "\(shape)") }
    guard parts.contains(where: { $0 != nil }) else { throw inputs.noCotangent(of: "latent.mean") }
    return Tensor.concatenate(parts.map { $0 ?? Tensor.zeros(shape) }, axis: 1)
  }
}
