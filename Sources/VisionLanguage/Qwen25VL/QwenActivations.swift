import Capture

extension Qwen25VL.Configuration {
  /// What can be read of a pass through ``Qwen25VL/Model``: that of the decoder, and below `vision`
  /// that of the tower.
  public var activations: ActivationTable {
    vision.activations.inside("vision") + text.activations
  }
}

extension Qwen25VL.VisionConfiguration {
  /// What can be read of the tower for one image or video. Patches are in the order in which the
  /// tower computes them, window by window, as in the reference's hidden states; the merged tokens
  /// are in that of the grid. Attention is 0 between windows (or frames) in blocks that do not see
  /// across them.
  var activations: ActivationTable {
    .states("embeddings.output", width)
      + .stack(
        "blocks", layers,
        of: ActivationPoint.selfAttention(heads: heads, headDim: headDim) + [.output(width)])
      + .states("merger.output", outputWidth)
  }
}
