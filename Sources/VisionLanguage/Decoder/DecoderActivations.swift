import Capture

extension DecoderConfiguration {
  /// What can be read of a pass through ``CausalDecoder``: one sample, so the batch is 1. Queries
  /// and keys are those after rotary positions. With a cache, keys are those of all tokens so far.
  public var activations: ActivationTable {
    let attention = ActivationPoint.selfAttention(
      heads: heads, keyHeads: keyHeads, headDim: headDim, selectsQueries: true)
    return .states("embeddings.output", width)
      + .stack("layers", layers, of: attention + [.output(width)])
      + .states("norm.output", width)
  }
}
