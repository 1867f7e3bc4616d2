import Capture

extension InternVL.Configuration {
  /// What can be read of a pass through ``InternVL/Model``: that of the decoder, and below `vision`
  /// that of the tower, whose batch are the tiles of one image or video. Its tokens are the class
  /// token and then the patches; blocks above the layer that features are taken from do not run.
  public var activations: ActivationTable {
    let tower = vision
    let block =
      ActivationPoint.selfAttention(heads: tower.heads, headDim: tower.width / tower.heads)
      + [.output(tower.width)]
    let blocks = min(featureLayer ?? tower.layers, tower.layers)
    let inside: ActivationTable =
      .states("embeddings.output", tower.width) + .stack("blocks", blocks, of: block)
      + .states("merger.output", text.width)
    return inside.inside("vision") + text.activations
  }
}
