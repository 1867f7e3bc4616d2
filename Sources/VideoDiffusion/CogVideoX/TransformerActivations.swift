import Capture

extension CogVideoXConfiguration {
  /// What can be read of a call of ``CogVideoXTransformer``. The tokens of `output` are those of
  /// the video, frame by frame and row by row; `text` has those of the text. Queries and keys,
  /// after normalisation and positions, are those of the text and then of the video.
  ///
  /// With cross-stream memory, `attention` is that of the main rows (the first half of the batch)
  /// over their own keys and then over their reference's.
  public var activations: ActivationTable {
    let text = ActivationPoint("text", [.batch, .tokens, .channels(width)])
    let block =
      ActivationPoint.selfAttention(heads: heads, headDim: headDim) + [.output(width), text]
    return ActivationTable([.output(width), text]).inside("embeddings")
      + .stack("blocks", layers, of: block)
      + .states("norm.output", width)
  }
}
