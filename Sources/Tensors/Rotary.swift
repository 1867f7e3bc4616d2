/// How the two halves of a rotary pair lie in a head.
public enum RotaryLayout: Sendable {
  /// Pairs (0, 1), (2, 3), ... as in CogVideoX.
  case interleaved
  /// Pairs (i, i + headDim / 2) as in Qwen and Llama.
  case halves
}

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

  /// The members of each pair of a table `[tokens, headDim]` in each other's place.
  private func crossedPairs(_ layout: RotaryLayout) -> Tensor {
    let width = shape[1]
    return Tensor(shape: shape) { out in
      for row in 0..<shape[0] {
        let (x, y) = (pointer + row * width, out + row * width)
        for i in 0..<width {
          switch layout {
          case .interleaved: y[i] = x[i ^ 1]
          case .halves: y[i] = x[i < width / 2 ? i + width / 2 : i - width / 2]
          }
        }
      }
    }
  }

  private func rotating(
    _ cosines: Tensor, _ sines: Tensor, _ layout: RotaryLayout, sign: Float
  ) -> Tensor {
    let (batch, tokens, heads, width) = (shape[0], shape[1], shape[2], shape[3])
    precondition(width % 2 == 0, "rotary embedding of odd width \(width)")
    let (source, cosine, sine) = (pointer, cosines.pointer, sines.pointer)
    return Tensor(shape: shape) { out in
      Workers.forEachBlock(of: batch * tokens * heads, width: width) { block in
        for row in block {
          let table = row / heads % tokens * width
          let (x, y) = (source + row * width, out + row * width)
          switch layout {
          case .interleaved:
            VectorMath.rotatePairs(x, cosine + table, sine + table, into: y, width, sign)
          case .halves:
            VectorMath.rotateHalves(x, cosine + table, sine + table, into: y, width / 2, sign)
          }
        }
      }
    }
  }
}

extension VectorMath {
  /// `y[i] = x[i] c[i] - sign x[i+1] s[i]` and `y[i+1] = x[i+1] c[i+1] + sign x[i] s[i+1]`.
  fileprivate static func rotatePairs(
    _ x: UnsafePointer<Float>, _ c: UnsafePointer<Float>, _ s: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, _ count: Int, _ sign: Float
  ) {
    let signs = Lanes(-sign, sign, -sign, sign, -sign, sign, -sign, sign)
    map(x, c, s, y, count) { x, c, s in
      // Both halves of each 64-bit word change places.
      let words = unsafeBitCast(x, to: SIMD4<UInt64>.self)
      let swapped = unsafeBitCast(words &<< 32 | words &>> 32, to: Lanes.self)
      return (x * c).addingProduct(swapped * signs, s)
    }
  }

  /// The same for pairs `(i, i + half)`.
  fileprivate static func rotateHalves(
    _ x: UnsafePointer<Float>, _ c: UnsafePointer<Float>, _ s: UnsafePointer<Float>,
    into y: UnsafeMutablePointer<Float>, _ half: Int, _ sign: Float
  ) {
    map(x, c, y, half) { $0 * $1 }
    map(y, x + half, s, y, half) { $0.addingProduct($1 * -sign, $2) }
    map(x + half, c + half, y + half, half) { $0 * $1 }
    map(y + half, x, s + half, y + half, half) { $0.addingProduct($1 * sign, $2) }
  }
}
