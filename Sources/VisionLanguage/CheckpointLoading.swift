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

extension TensorSource {
  /// Whether a file that says its logits reuse the embedding table really has no table of their
  /// own: none at all, or the same numbers a second time.
  func isTied(_ head: String, to table: String) throws -> Bool {
    guard let own = find(head), let shared = find(table) else { return true }
    guard own.elementType == shared.elementType, own.shape == shared.shape else { return false }
    return try withUnsafeBytes(head) { a in
      try withUnsafeBytes(table) { b in a.elementsEqual(b) }
    }
  }
}

extension Qwen25VL.Model {
  /// Reads a folder with `config.json` and weights.
  public init(_ directory: CheckpointDirectory) throws {
    try self.init(Qwen25VL.Configuration(directory.configuration()), weights: directory)
  }

  /// Reads the weights of a configuration, under either naming. A table of logits of its own in the
  /// file is used, whatever the configuration says of tied tables.
  public init(_ configuration: Qwen25VL.Configuration, weights: some TensorSource) throws {
    let naming = Qwen25VL.Naming(names: weights.names)
    var configuration = configuration
    if configuration.text.tiedEmbeddings {
      configuration.text.tiedEmbeddings = try weights.isTied(
        "lm_head.weight", to: naming.decoder + ".embed_tokens.weight")
    }
    try self.init(configuration, source: .stored(in: weights), naming: naming)
    try store.requireMatch(weights) {
      configuration.text.tiedEmbeddings && $0 == "lm_head.weight"
    }
  }
}

extension InternVL.Model {
  /// Reads a folder with `config.json` and weights.
  public init(_ directory: CheckpointDirectory) throws {
    try self.init(InternVL.Configuration(directory.configuration()), weights: directory)
  }

  /// Reads the weights of a configuration, under any of the namings. A table of logits of its own in
  /// the file is used, whatever the configuration says of tied tables.
  public init(_ configuration: InternVL.Configuration, weights: some TensorSource) throws {
    let naming = InternVL.Naming(names: weights.names)
    var configuration = configuration
    if configuration.text.tiedEmbeddings {
      configuration.text.tiedEmbeddings = try weights.isTied(
        naming.head, to: naming.decoder + ".embed_tokens.weight")
    }
    try self.init(configuration, source: .stored(in: weights), naming: naming)
    try store.requireMatch(weights) {
      configuration.text.tiedEmbeddings && $0 == naming.head
    }
  }
}
