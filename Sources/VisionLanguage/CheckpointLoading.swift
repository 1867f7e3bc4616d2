import Checkpoints
import Layers
import Tensors

extension TensorSource {
  /// Whether a file that says its logits reuse the embedding table really has no table of their
  /// own: none at all, or the same numbers a second time.
  func isTied(_ head: String, to table: String) throws -> Bool {
    try find(head) == nil || find(table) == nil || isSame(head, as: table, in: self)
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
    let source = try ParameterSource.stored(
      in: weights, ignored: { configuration.text.tiedEmbeddings && $0 == "lm_head.weight" },
      fitting: { _ = try Qwen25VL.Model(configuration, source: $0, naming: naming) })
    try self.init(configuration, source: source, naming: naming)
  }
}

extension InternVL.Model {
  /// Reads a folder with `config.json` and weights.
  public init(_ directory: CheckpointDirectory) throws {
    try self.init(InternVL.Configuration(directory.configuration()), weights: directory)
  }

  /// Reads the weights of a configuration, under any of the namings. A table of logits of its own
  /// in the file is used, whatever the configuration says of tied tables.
  public init(_ configuration: InternVL.Configuration, weights: some TensorSource) throws {
    let naming = InternVL.Naming(names: weights.names)
    var configuration = configuration
    if configuration.text.tiedEmbeddings {
      configuration.text.tiedEmbeddings = try weights.isTied(
        naming.head, to: naming.decoder + ".embed_tokens.weight")
    }
    let source = try ParameterSource.stored(
      in: weights, ignored: { configuration.text.tiedEmbeddings && $0 == naming.head },
      fitting: { _ = try InternVL.Model(configuration, source: $0, naming: naming) })
    try self.init(configuration, source: source, naming: naming)
  }
}
