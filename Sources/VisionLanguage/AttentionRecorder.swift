import Tensors

extension VisionLanguageModel {
  /// A pass over a sample together with the attention weights of all layers:
  /// `[layers, heads, queries, keys]`. The pass is the same, bit for bit, as without them.
  public func attentionMaps(
    _ input: PreparedInput, features: Tensor? = nil
  ) throws -> (pass: ForwardPass, maps: Tensor) {
    let (layers, heads) = (decoder.configuration.layers, decoder.configuration.heads)
    let tokens = input.tokens.count
    let maps = TensorBuilder([layers, heads, tokens, tokens])
    let pass = try forward(input, features: features) { layer, head, rows, weights, keys in
      let at = ((layer * heads + head) * tokens + rows.lowerBound) * keys
      maps.write(weights, at: at)
    }
    return (pass, maps.tensor())
  }
}
