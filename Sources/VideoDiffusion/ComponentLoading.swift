import Checkpoints
import Layers
import Tensors

extension CogVideoXTransformer {
  /// Reads a folder with `config.json` and weights.
  public convenience init(_ directory: CheckpointDirectory) throws {
    try self.init(CogVideoXConfiguration(directory.configuration()), weights: directory)
  }

  public convenience init(
    _ configuration: CogVideoXConfiguration, weights: some TensorSource
  ) throws {
    // Sine-cosine positions are computed; old checkpoints carry them along.
    let computed = configuration.positions == .learned ? [] : ["patch_embed.pos_embedding"]
    let source = try ParameterSource.stored(in: weights, ignored: computed.contains) {
      _ = try CogVideoXTransformer(configuration, source: $0)
    }
    try self.init(configuration, source: source)
  }
}

extension CausalVAE {
  /// Reads a folder with `config.json` and weights.
  public convenience init(_ directory: CheckpointDirectory) throws {
    try self.init(VAEConfiguration(directory.configuration()), weights: directory)
  }

  public convenience init(_ configuration: VAEConfiguration, weights: some TensorSource) throws {
    let source = try ParameterSource.stored(in: weights) {
      _ = try CausalVAE(configuration, source: $0)
    }
    try self.init(configuration, source: source)
  }
}

extension T5Encoder {
  /// Reads a folder with `config.json` and weights; the decoder of a whole T5 is left alone.
  public convenience init(_ directory: CheckpointDirectory) throws {
    try self.init(T5Configuration(directory.configuration()), weights: directory)
  }

  /// The token table is read from `shared.weight` or else from `encoder.embed_tokens.weight`, and
  /// from the latter where the two differ.
  public convenience init(_ configuration: T5Configuration, weights: some TensorSource) throws {
    let (shared, stack) = (TokenTable.sharedKey, TokenTable.stackKey)
    let table: TokenTable =
      switch (weights.find(shared), weights.find(stack)) {
      case (nil, .some): .stack
      case (.some, .some): try weights.isSame(stack, as: shared, in: weights) ? .shared : .both
      default: .shared
      }
    func isOther(_ name: String) -> Bool {
      name.hasPrefix("decoder.") || name == "lm_head.weight"
        || (name == stack && table == .shared)
    }
    let source = try ParameterSource.stored(in: weights, ignored: isOther) {
      _ = try T5Encoder(configuration, source: $0, table: table)
    }
    try self.init(configuration, source: source, table: table)
  }
}
