import Tensors

/// Keys and values of the tokens seen so far, for each layer. A copy shares the storage, so that
/// several continuations can start from one prefix.
public struct KeyValueCache: Sendable {
  private var keys: [Tensor?]
  private var values: [Tensor?]

  public init(layers: Int) {
    keys = [Tensor?](repeating: nil, count: layers)
    values = keys
  }

  /// Number of tokens seen.
  public var tokens: Int { keys.first??.shape[1] ?? 0 }

  /// Appends a layer's new keys and values, each `[1, tokens, keyHeads, headDim]`, and returns
  /// all of them.
  mutating func append(layer: Int, _ key: Tensor, _ value: Tensor) -> (key: Tensor, value: Tensor) {
    let joinedKeys = keys[layer].map { Tensor.concatenate([$0, key], axis: 1) } ?? key
    let joinedValues = values[layer].map { Tensor.concatenate([$0, value], axis: 1) } ?? value
    keys[layer] = joinedKeys.detached()
    values[layer] = joinedValues.detached()
    return (joinedKeys, joinedValues)
  }
}
