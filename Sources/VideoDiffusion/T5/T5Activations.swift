import Capture

extension T5Configuration {
  /// What can be read of ``T5Encoder``. Scores are not scaled, and have a bias for the distance of
  /// key and query added, so `attention` does not follow from `queries` and `keys` alone.
  public var activations: ActivationTable {
    .states("embeddings.output", width)
      + .stack(
        "blocks", layers,
        of: ActivationPoint.selfAttention(heads: heads, headDim: headDim) + [.output(width)])
      + .states("norm.output", width)
  }
}
