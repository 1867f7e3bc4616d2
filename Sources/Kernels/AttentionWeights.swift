/// The attention weights as an output of their own: `[batch, heads, queries, keys]`.
extension AttentionPlan {
  public func weights(_ q: TensorStorage, _ k: TensorStorage, into out: TensorStorage) {
    let inverses = TensorStorage(uninitialized: AttentionPlan.rowBlock)
    forEachBlock(keys: k) { b, head, keyPanels, rows in
      let block = out.pointer + weightsOffset(b, head, rows.lowerBound)
      exponentials(q.pointer, keyPanels, b, head, rows, into: block, inverses: inverses.pointer)
      for row in 0..<rows.count {
        VectorMath.scale(block + row * keys, inverses.pointer[row], keys)
      }
    }
  }

  private func weightsOffset(_ b: Int, _ head: Int, _ row: Int) -> Int {
    ((b * heads + head) * queries + row) * keys
  }

  /// dS = P (dP - rowsum(P dP)), `[batch, heads, queries, keys]`.
  public func scoreGradient(
    _ weights: TensorStorage, _ gradient: TensorStorage, into ds: TensorStorage
  ) {
    let (p, dp, ds) = (weights.pointer, gradient.pointer, ds.pointer)
    for row in 0..<batch * heads * queries {
      VectorMath.softmaxGradient(p + row * keys, dp + row * keys, ds + row * keys, keys)
    }
  }

  /// scale dS K, `[batch, queries, heads, headDim]`.
  public func queryGradient(_ ds: TensorStorage, _ k: TensorStorage, into dq: TensorStorage) {
    for b in 0..<batch {
      for head in 0..<heads {
        MatrixProduct.multiply(
          .init(ds.pointer + weightsOffset(b, head, 0), keys),
          .init(k.pointer + keyOffset(b, head), keyStride),
          into: .init(dq.pointer + queryOffset(b, head, 0), queryStride),
          m: queries, n: headDim, k: keys, alpha: scale)
      }
    }
  }

  /// scale dS^T Q, added up over the query heads that share a key head:
  /// `[batch, keys, keyHeads, headDim]`.
  public func keyGradient(_ ds: TensorStorage, _ q: TensorStorage, addingTo dk: TensorStorage) {
    for b in 0..<batch {
      for head in 0..<heads {
        MatrixProduct.multiply(
          .init(ds.pointer + weightsOffset(b, head, 0), keys, isTransposed: true),
          .init(q.pointer + queryOffset(b, head, 0), queryStride),
          into: .init(dk.pointer + keyOffset(b, head), keyStride, base: .itself),
          m: keys, n: headDim, k: queries, alpha: scale)
      }
    }
  }
}
