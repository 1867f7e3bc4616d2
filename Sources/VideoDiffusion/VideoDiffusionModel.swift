import Checkpoints
import Foundation
import JSON
import Layers
import Tensors
import Tokenizers
import Video

/// A text-to-video diffusion pipeline in the layout of diffusers: one folder for each component.
public final class VideoDiffusionModel: Sendable {
  public let transformer: CogVideoXTransformer
  public let textEncoder: T5Encoder
  public let tokenizer: any Tokenizer
  public let vae: CausalVAE
  public let schedule: NoiseSchedule
  /// What a clip is brought to before it is encoded.
  public let frameCount: Int
  public let frameHeight: Int
  public let frameWidth: Int
  private let configurations: [String: JSONValue]

  /// The components with the names of their folders, configuration files and weights.
  private enum Component: String, CaseIterable {
    case transformer
    case vae
    case textEncoder = "text_encoder"
    case scheduler

    var configurationFile: String {
      self == .scheduler ? "scheduler_config.json" : "config.json"
    }

    var weightsFile: String? {
      switch self {
      case .scheduler: nil
      case .textEncoder: "model.safetensors"
      case .transformer, .vae: "diffusion_pytorch_model.safetensors"
      }
    }
  }

  /// Reads a pipeline with its weights.
  public convenience init(directory: String) throws {
    try self.init(
      directory: directory, tokenizer: try TokenizerLoader.load(directory: "\(directory)/tokenizer")
    ) { component in
      let checkpoint = try CheckpointDirectory("\(directory)/\(component)")
      return .lookup { name, shape in
        let tensor = try checkpoint.tensor(name)
        guard tensor.shape == shape else {
          throw ConfigurationError(
            model: component, key: name, reason: "shape \(tensor.shape); expected \(shape)")
        }
        return tensor
      }
    }
    freeze()
  }

  /// A pipeline of the configurations in a folder with values from elsewhere, usually random.
  public init(
    directory: String, tokenizer: any Tokenizer,
    source: (_ component: String) throws -> ParameterSource
  ) throws {
    var configurations: [String: JSONValue] = [:]
    func read(_ component: Component) throws -> JSONNode {
      let path = "\(directory)/\(component.rawValue)/\(component.configurationFile)"
      let node = try JSONNode(contentsOfFile: path)
      configurations[component.rawValue] = node.value
      return node
    }
    transformer = try CogVideoXTransformer(
      CogVideoXConfiguration(read(.transformer)), source: source("transformer"))
    vae = try CausalVAE(VAEConfiguration(read(.vae)), source: source("vae"))
    textEncoder = try T5Encoder(
      T5Configuration(read(.textEncoder)), source: source("text_encoder"))
    schedule = try NoiseSchedule(read(.scheduler))
    guard schedule.prediction == .velocity else {
      throw ConfigurationError(
        model: "scheduler", key: "prediction_type",
        reason: "'\(schedule.prediction.rawValue)'; inversion goes through 'v_prediction'")
    }
    let index = try JSONNode(contentsOfFile: "\(directory)/model_index.json")
    configurations["model_index"] = index.value
    frameCount = try index.int("_frames", default: 49)
    frameHeight = try index.int("_height", default: 480)
    frameWidth = try index.int("_width", default: 720)
    self.tokenizer = tokenizer
    self.configurations = configurations
  }

  /// This pipeline with other parameters of its autoencoder's latents (its scaling factor).
  public func write(
    to directory: String, scalingFactor: Float, tokenizerFiles: (String) throws -> Void
  ) throws {
    for component in Component.allCases {
      let folder = "\(directory)/\(component.rawValue)"
      var configuration = configurations[component.rawValue] ?? [:]
      if component == .vae {
        configuration = configuration.replacing(
          "scaling_factor", with: .double(Double(scalingFactor)))
      }
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try AtomicFile.write(
        text: configuration.serialized(pretty: true) + "\n",
        to: "\(folder)/\(component.configurationFile)")
      if let file = component.weightsFile {
        try SafetensorsWriter.write(store(of: component).parameters, to: "\(folder)/\(file)")
      }
    }
    let index = configurations["model_index"] ?? [:]
    try AtomicFile.write(
      text: index.serialized(pretty: true) + "\n", to: "\(directory)/model_index.json")
    try tokenizerFiles("\(directory)/tokenizer")
  }

  /// All parameters under `component.name`.
  public var entries: [(name: String, tensor: Tensor)] {
    [Component.transformer, .vae, .textEncoder].flatMap { component in
      store(of: component).entries.map { ("\(component.rawValue).\($0.name)", $0.tensor) }
    }
  }

  /// Makes sure that nothing is recorded for gradients.
  public func freeze() {
    for component in [Component.transformer, .vae, .textEncoder] { store(of: component).freeze() }
  }

  private func store(of component: Component) -> ParameterStore {
    switch component {
    case .vae: vae.store
    case .textEncoder: textEncoder.store
    case .transformer, .scheduler: transformer.store
    }
  }

  // MARK: - Inputs

  /// The frames of a clip that the model sees, spread evenly, in its own size: `[1, 3, frames,
  /// height, width]` in -1...1.
  public func video(_ clip: Clip) -> Tensor {
    let ratio = vae.configuration.temporalCompression
    let wanted = min(frameCount, FrameSampling.causalLength(of: clip.frames, group: ratio))
    let frames = clip.selecting(FrameSampling.uniform(wanted, of: clip.frames))
      .resized(height: frameHeight, width: frameWidth, filter: .bilinear)
    let plane = frameHeight * frameWidth
    return Tensor(shape: [1, 3, wanted, frameHeight, frameWidth]) { out in
      frames.pixels.withUnsafeBufferPointer { pixels in
        for frame in 0..<wanted {
          for pixel in 0..<plane {
            for channel in 0..<3 {
              out[(channel * wanted + frame) * plane + pixel] =
                Float(pixels[(frame * plane + pixel) * 3 + channel]) / 127.5 - 1
            }
          }
        }
      }
    }
  }

  /// The clip as scaled latents, `[1, latentFrames, channels, height, width]`.
  public func latents(_ clip: Clip) -> Tensor { vae.latents(of: video(clip)) }

  /// Tokens of a text without padding.
  public func tokens(_ text: String) -> Encoding { tokenizer.encode(text) }

  /// Rotary positions for latents of a shape `[1, frames, channels, height, width]`.
  public func rotary(for latents: [Int]) -> RotaryPositions {
    RotaryPositions(latents: latents, of: transformer.configuration)
  }

  /// Frames of the clip that each latent frame stands for, as places in the sampled frames.
  public func framesOfLatents(_ latentFrames: Int) -> [[Int]] {
    let ratio = vae.configuration.temporalCompression
    return (0..<latentFrames).map { latent in
      latent == 0 ? [0] : ((latent - 1) * ratio + 1...latent * ratio).map { $0 }
    }
  }
}

extension JSONValue {
  fileprivate func replacing(_ key: String, with value: JSONValue) -> JSONValue {
    guard case .object(var members) = self else { return self }
    members[key] = value
    return .object(members)
  }
}
