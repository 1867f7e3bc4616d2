import Tensors

/// An attention map `[batch, heads, queries, keys]` that is filled with the very weights that
/// ``Tensors/Tensor/attention(_:_:_:mask:scale:observer:)`` computes, block of rows by block.
public final class AttentionMap {
  private let storage: TensorStorage
  private let shape: [Int]

  /// Zeros, until something is written.
  public init(batch: Int, heads: Int, queries: Int, keys: Int) {
    shape = [batch, heads, queries, keys]
    storage = Tensor.zeros(shape).storage
  }

  /// Writes what it observes.
  /// - Parameter place: where the map of a batch row of the observed attention begins
  public func observer(
    _ place: @escaping (_ batch: Int) -> (batch: Int, query: Int, key: Int) = { ($0, 0, 0) }
  ) -> AttentionObserver {
    { batch, head, rows, weights, keys in
      let origin = place(batch)
      for row in rows {
        let line = (origin.batch * self.shape[1] + head) * self.shape[2] + origin.query + row
        (self.storage.pointer + line * self.shape[3] + origin.key)
          .update(from: weights + (row - rows.lowerBound) * keys, count: keys)
      }
    }
  }

  /// The map, when nothing more will be written.
  public func tensor() -> Tensor { Tensor(storage: storage, shape: shape) }
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
