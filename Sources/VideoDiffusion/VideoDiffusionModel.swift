import Checkpoints
import Files
import Foundation
import JSON
import Layers
import Tensors
import Tokenizers
import Video

/// A text-to-video diffusion pipeline in the layout of diffusers: one folder for each component.
///
/// Weights loaded from a checkpoint cannot be trained (``ParameterStore/seal()``);
/// ``instantiate()`` returns a trainable copy.
public final class VideoDiffusionModel: Sendable {
  public let transformer: CogVideoXTransformer
  public let textEncoder: T5Encoder
  public let tokenizer: any Tokenizer
  public let vae: CausalVAE
  public let schedule: NoiseSchedule
  /// What a clip is brought to before it is encoded, where nothing else is asked for.
  public let clipSize: ClipSize
  /// Tokens that every text is padded or cut to; nil where texts are read as they are.
  public let textLength: Int?
  /// What to tell the user of the files.
  public var warnings: [String] {
    transformer.configuration.warnings + vae.configuration.warnings + schedule.warnings
  }
  /// As they were read, by component; that of the pipeline under ``index``.
  private let configurations: [String: JSONNode]

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

  /// Reads a pipeline with its weights, which stay in their files (``Parameter``).
  public convenience init(directory: String) throws {
    func weights(_ component: Component) throws -> CheckpointDirectory {
      try CheckpointDirectory("\(directory)/\(component.rawValue)")
    }
    try self.init(
      directory: directory,
      tokenizer: try TokenizerLoader.load(directory: "\(directory)/tokenizer"),
      transformer: { try CogVideoXTransformer($0, weights: weights(.transformer)) },
      vae: { try CausalVAE($0, weights: weights(.vae)) },
      textEncoder: { try T5Encoder($0, weights: weights(.textEncoder)) })
    seal()
  }

  /// A pipeline of the configurations in a folder with values from elsewhere, usually random.
  public convenience init(
    directory: String, tokenizer: any Tokenizer,
    source: (_ component: String) throws -> ParameterSource
  ) throws {
    try self.init(
      directory: directory, tokenizer: tokenizer,
      transformer: { try CogVideoXTransformer($0, source: source("transformer")) },
      vae: { try CausalVAE($0, source: source("vae")) },
      textEncoder: { try T5Encoder($0, source: source("text_encoder")) })
  }

  private convenience init(
    directory: String, tokenizer: any Tokenizer,
    transformer: (CogVideoXConfiguration) throws -> CogVideoXTransformer,
    vae: (VAEConfiguration) throws -> CausalVAE,
    textEncoder: (T5Configuration) throws -> T5Encoder
  ) throws {
    var configurations: [String: JSONNode] = [:]
    for component in Component.allCases {
      configurations[component.rawValue] = try JSONNode(
        contentsOfFile: "\(directory)/\(component.rawValue)/\(component.configurationFile)")
    }
    configurations[Self.index] = try JSONNode(contentsOfFile: "\(directory)/model_index.json")
    try self.init(
      configurations: configurations, tokenizer: tokenizer, transformer: transformer, vae: vae,
      textEncoder: textEncoder)
  }

  private static let index = "model_index"

  /// The files without which a folder is no pipeline; weights may also come in shards.
  public static let requiredFiles =
    ["model_index.json"] + Component.allCases.map { "\($0.rawValue)/\($0.configurationFile)" }

  /// - Parameter configurations: of each component and of the pipeline
  private init(
    configurations: [String: JSONNode], tokenizer: any Tokenizer,
    transformer: (CogVideoXConfiguration) throws -> CogVideoXTransformer,
    vae: (VAEConfiguration) throws -> CausalVAE,
    textEncoder: (T5Configuration) throws -> T5Encoder
  ) throws {
    func read(_ component: Component) throws -> JSONNode {
      configurations[component.rawValue] ?? JSONNode([:], path: "\(component.rawValue):")
    }
    self.transformer = try transformer(CogVideoXConfiguration(read(.transformer)))
    self.vae = try vae(VAEConfiguration(read(.vae)))
    self.textEncoder = try textEncoder(T5Configuration(read(.textEncoder)))
    schedule = try NoiseSchedule(read(.scheduler))
    guard schedule.prediction == .velocity else {
      throw ConfigurationError(
        model: "scheduler", key: "prediction_type",
        reason: "'\(schedule.prediction.rawValue)'; inversion needs 'v_prediction'")
    }
    let heads = self.transformer.configuration
    guard !heads.usesRotaryPositions || heads.headDim % 16 == 0 else {
      throw ConfigurationError(
        model: "CogVideoXTransformer3DModel", key: "attention_head_dim",
        reason: "\(heads.headDim); 3D rotary positions need a multiple of 16")
    }
    let index = configurations[Self.index] ?? JSONNode([:], path: "model_index.json:")
    // Our own pipelines say what clips they were trained on and read texts as they are. Published
    // ones have the sizes of the transformer's configuration and pad their texts.
    let isOwn = try index.find("_frames") != nil
    let configuration = self.transformer.configuration
    let side = self.vae.configuration.spatialCompression
    clipSize = ClipSize(
      frames: try index.int("_frames", default: configuration.sampleFrames),
      height: try index.int("_height", default: configuration.sampleHeight * side),
      width: try index.int("_width", default: configuration.sampleWidth * side))
    for (key, value) in [
      ("_frames", clipSize.frames), ("_height", clipSize.height), ("_width", clipSize.width),
    ] where !(1...ClipSize.largest).contains(value) {
      throw ConfigurationError(
        model: "model_index.json", key: key,
        reason: "\(value) is out of range; valid: 1 to \(ClipSize.largest)")
    }
    textLength = isOwn ? nil : configuration.maxTextTokens
    self.tokenizer = tokenizer
    self.configurations = configurations
  }

  /// A copy that may be trained: nothing that happens to it reaches this one.
  public func instantiate() throws -> VideoDiffusionModel {
    func source(_ store: ParameterStore) -> ParameterSource {
      let tensors = Dictionary(uniqueKeysWithValues: store.entries.map { ($0.name, $0.tensor) })
      return .lookup { name, _ in
        guard let tensor = tensors[name] else {
          preconditionFailure("the model has no parameter \(name)")
        }
        return tensor
      }
    }
    let copy = try VideoDiffusionModel(
      configurations: configurations, tokenizer: tokenizer,
      transformer: { try CogVideoXTransformer($0, source: source(transformer.store)) },
      vae: { try CausalVAE($0, source: source(vae.store)) },
      textEncoder: {
        try T5Encoder($0, source: source(textEncoder.store), table: textEncoder.table)
      })
    copy.freeze()
    return copy
  }

  /// This pipeline with other parameters of its autoencoder's latents (its scaling factor).
  public func write(
    to directory: String, scalingFactor: Float, tokenizerFiles: (String) throws -> Void
  ) throws {
    for component in Component.allCases {
      let folder = "\(directory)/\(component.rawValue)"
      var configuration = configurations[component.rawValue]?.value ?? [:]
      if component == .vae {
        configuration = configuration.replacing(
          "scaling_factor", with: .double(Double(scalingFactor)))
      }
      try Folders.make(folder)
      try WholeFile.write(
        text: configuration.serialized(pretty: true) + "\n",
        to: "\(folder)/\(component.configurationFile)", .counted)
      if let file = component.weightsFile {
        try SafetensorsWriter.write(store(of: component).parameters, to: "\(folder)/\(file)")
      }
    }
    let index = configurations[Self.index]?.value ?? [:]
    try WholeFile.write(
      text: index.serialized(pretty: true) + "\n", to: "\(directory)/model_index.json", .counted)
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

  /// Makes sure that nobody trains it; there is no way back.
  public func seal() {
    for component in [Component.transformer, .vae, .textEncoder] { store(of: component).seal() }
  }

  private func store(of component: Component) -> ParameterStore {
    switch component {
    case .vae: vae.store
    case .textEncoder: textEncoder.store
    case .transformer, .scheduler: transformer.store
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
