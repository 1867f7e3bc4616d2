import Tensors

/// An attention map `[batch, heads, queries, keys]` that is filled with the very weights that
/// ``Tensors/Tensor/attention(_:_:_:mask:scale:observer:)`` computes, block of rows by block.
public final class AttentionMap {
  private let map: TensorBuilder

  /// Zeros, until something is written.
  public init(batch: Int, heads: Int, queries: Int, keys: Int) {
    map = TensorBuilder([batch, heads, queries, keys])
  }

  /// Writes what it observes.
  /// - Parameter place: where the map of a batch row of the observed attention begins
  public func observer(
    _ place: @escaping (_ batch: Int) -> (batch: Int, query: Int, key: Int) = { ($0, 0, 0) }
  ) -> AttentionObserver {
    let map = map
    return { batch, head, rows, weights, keys in
      let (origin, shape) = (place(batch), map.shape)
      for (index, row) in rows.enumerated() {
        let line = (origin.batch * shape[1] + head) * shape[2] + origin.query + row
        map.write(
          weights.extracting(index * keys..<(index + 1) * keys), at: line * shape[3] + origin.key)
      }
    }
  }

  /// The map, when nothing more will be written.
  public func tensor() -> Tensor { map.tensor() }
}

extension Probe {
  /// ``Tensors/Tensor/attention(_:_:_:mask:scale:observer:)``, shown as `queries`, `keys` and
  /// `attention` of this module.
  /// - Parameters:
  ///   - query: `[batch, queries, heads, headDim]`
  ///   - key: `[batch, keys, keyHeads, headDim]`
  ///   - value: `[batch, keys, keyHeads, headDim]`
  /// - Returns: `[batch, queries, heads, headDim]`
  public func attention(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: AttentionMask = .none
  ) throws -> Tensor {
    try record("queries", query)
    try record("keys", key)
    return try attentionAlone(query, key, value, mask: mask)
  }

  /// The same, of which only `attention` is shown.
  public func attentionAlone(
    _ query: Tensor, _ key: Tensor, _ value: Tensor, mask: AttentionMask = .none
  ) throws -> Tensor {
    guard wants("attention") else { return Tensor.attention(query, key, value, mask: mask) }
    let map = AttentionMap(
      batch: query.shape[0], heads: query.shape[2], queries: query.shape[1], keys: key.shape[1])
    let mixed = Tensor.attention(query, key, value, mask: mask, observer: map.observer())
    try record("attention", map.tensor())
    return mixed
  }
}
