import Kernels
import Ranks

extension Tensor {
  /// Rotary position embedding (Su et al., 2021) of `self [batch, tokens, heads, headDim]`.
  /// - Parameters:
  ///   - cosines: `[tokens, headDim]`; both members of a pair carry the pair's angle in a rotation
  ///   - sines: `[tokens, headDim]`
  public func rotated(cosines: Tensor, sines: Tensor, layout: RotaryLayout) -> Tensor {
    precondition(
      rank == 4 && cosines.shape == [shape[1], shape[3]] && sines.shape == cosines.shape,
      "rotary tables \(cosines.shape) for \(shape)")
    let result = rotating(cosines, sines, layout, sign: 1)
    guard let node = gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      // The transpose: each member of a pair meets the other's sine, which may be another number.
      let crossed = sines.crossedPairs(layout)
      sink.add(gradient.rotating(cosines, crossed, layout, sign: -1), to: node, owned: true)
    }
  }

  private func crossedPairs(_ layout: RotaryLayout) -> Tensor {
    let table = Rotary(tokens: shape[0], heads: 1, width: shape[1], layout: layout)
    return .computed(shape) { table.crossPairs(of: storage, into: $0) }
  }

  private func rotating(
    _ cosines: Tensor, _ sines: Tensor, _ layout: RotaryLayout, sign: Float
  ) -> Tensor {
    let (batch, tokens, heads, width) = (shape[0], shape[1], shape[2], shape[3])
    let rotary = Rotary(tokens: tokens, heads: heads, width: width, layout: layout)
    return .computed(shape) { out in
      Workers.forEachBlock(of: batch * tokens * heads, width: width) {
        rotary.rotate(
          storage, cosines: cosines.storage, sines: sines.storage, sign: sign, into: out, $0)
      }
    }
  }
}
