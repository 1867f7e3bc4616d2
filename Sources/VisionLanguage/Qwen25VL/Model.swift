import Capture
import Layers
import Tensors

extension Qwen25VL {
  /// How the checkpoint file names its two parts.
  public enum Naming: String, Sendable, CaseIterable {
    /// `visual...` and `model...`: the published checkpoints.
    case published
    /// `model.visual...` and `model.language_model...`: the reference library's own modules.
    case nested

    /// Where the decoder's names begin.
    var decoder: String { self == .nested ? "model.language_model" : "model" }

    /// The naming that a file with these names uses.
    public init(names: some Sequence<String>) {
      self = names.contains { $0.hasPrefix("model.language_model.") } ? .nested : .published
    }
  }

  /// The complete model: vision tower, decoder and output head.
  public struct Model: VisionLanguageModel {
    public let configuration: Configuration
    public let store: ParameterStore
    public let decoder: CausalDecoder
    let tower: VisionTower

    public init(
      _ configuration: Configuration, source: ParameterSource, naming: Naming = .published
    ) throws {
      self.configuration = configuration
      store = ParameterStore(source)
      let root = store.root
      let (vision, text) =
        naming == .published
        ? (root["visual"], root["model"])
        : (root["model"]["visual"], root["model"]["language_model"])
      tower = try VisionTower(vision, configuration.vision)
      decoder = try CausalDecoder(text, head: root, configuration.text)
    }

    public func layout(of input: PreparedInput) throws -> SequenceLayout {
      try configuration.layout(of: input)
    }

    public func part(ofParameter name: String) -> ModelPart {
      let own = name.split(separator: ".").drop { $0 == "model" }
      guard own.first == "visual" else { return .decoder }
      return own.dropFirst().first == "merger" ? .merger : .visionTower
    }

    public var activations: ActivationTable { configuration.activations }

    public func visionFeatures(_ input: PreparedInput, probe: Probe) throws -> Tensor {
      var images = input.images[...]
      var videos = input.videos[...]
      let parts = try layout(of: input).runs.map { run in
        try tower(
          run.isVideo ? videos.removeFirst() : images.removeFirst(), probe: probe["vision"])
      }
      guard !parts.isEmpty else {
        throw VisionLanguageError.empty("the list of images and videos")
      }
      return parts.count == 1 ? parts[0] : Tensor.concatenate(parts, axis: 0)
    }

    /// Features of one image or video: `[merged patches, width]`.
    public func visionFeatures(_ input: VisionInput) throws -> Tensor {
      try tower(input, probe: .none)
    }
  }
}
