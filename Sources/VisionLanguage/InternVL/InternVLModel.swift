import Capture
import Layers
import Tensors

extension InternVL {
  /// The complete model: vision tower, projector, decoder and output head.
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
      tower = try VisionTower(root, configuration, naming)
      decoder = try CausalDecoder(
        root[naming.decoder],
        head: naming.headScope.isEmpty ? root : root[naming.headScope], configuration.text)
    }

    public func layout(of input: PreparedInput) throws -> SequenceLayout {
      try configuration.layout(of: input)
    }

    public func part(ofParameter name: String) -> ModelPart {
      let own = name.split(separator: ".").drop { $0 == "model" }
      switch own.first {
      case "vision_tower", "vision_model": return .visionTower
      case "multi_modal_projector", "mlp1": return .merger
      default: return .decoder
      }
    }

    public var activations: ActivationTable { configuration.activations }

    /// Features of all tiles, images first, then videos: `[tokens, channels]`.
    public func visionFeatures(_ input: PreparedInput, probe: Probe) throws -> Tensor {
      let parts = try (input.images + input.videos).map { try tower($0, probe: probe["vision"]) }
      guard !parts.isEmpty else {
        throw VisionLanguageError.empty("the list of images and videos")
      }
      return parts.count == 1 ? parts[0] : Tensor.concatenate(parts, axis: 0)
    }

    /// Features of the tiles of one image or video: `[tokens, channels]`.
    public func visionFeatures(_ input: VisionInput) throws -> Tensor {
      try tower(input, probe: .none)
    }
  }
}
