import Checkpoints
import Layers
import Tensors

extension ParameterSource {
  /// Tensors of a checkpoint by name. One that is missing or of another shape stays undefined
  /// until ``ParameterStore/requireMatch(_:ignored:)`` reports it with all others.
  static func stored(in source: some TensorSource) -> ParameterSource {
    .lookup { name, shape in
      guard let entry = source.find(name), entry.shape == shape else {
        return Tensor(shape: shape) { _ in }
      }
      return try source.tensor(name)
    }
  }
}

extension ParameterStore {
  /// Throws a list of all missing, unused and wrongly shaped tensors, if there are any.
  func requireMatch(
    _ source: some TensorSource, ignored: (String) -> Bool = { _ in false }
  ) throws {
    let report = KeyReport(
      expected: parameters.map { ($0.name, $0.shape) }, source: source, ignored: ignored)
    guard report.isEmpty else {
      throw CheckpointError.mismatch(location: source.location, report)
    }
  }
}

extension Qwen25VL.Model {
  /// Reads a folder with `config.json` and weights.
  public init(_ directory: CheckpointDirectory) throws {
    try self.init(Qwen25VL.Configuration(directory.configuration()), weights: directory)
  }

  /// Reads the weights of a configuration, under either naming.
  public init(_ configuration: Qwen25VL.Configuration, weights: some TensorSource) throws {
    try self.init(
      configuration, source: .stored(in: weights),
      naming: Qwen25VL.Naming(names: weights.names))
    // A tied table may be stored a second time under the name of the logits' layer.
    try store.requireMatch(weights) {
      configuration.text.tiedEmbeddings && $0 == "lm_head.weight"
    }
  }
}
