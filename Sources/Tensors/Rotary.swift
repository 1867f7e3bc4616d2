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
  ///   - cosines: `[tokens, headDim]`, both members of a pair carrying the pair's angle
  ///   - sines: `[tokens, headDim]`
  public func rotated(cosines: Tensor, sines: Tensor, layout: RotaryLayout) -> Tensor {
    precondition(
      rank == 4 && cosines.shape == [shape[1], shape[3]] && sines.shape == cosines.shape,
      "rotary tables \(cosines.shape) for \(shape)")
    let result = rotating(cosines, sines, layout, sign: 1)
    guard let node = gradientNode else { return result }
    return result.recording([node]) { gradient, sink in
      sink.add(gradient.rotating(cosines, sines, layout, sign: -1), to: node, owned: true)
    }
  }

  private func rotating(
    _ cosines: Tensor, _ sines: Tensor, _ layout: RotaryLayout, sign: Float
  ) -> Tensor {
    let (batch, tokens, heads, width) = (shape[0], shape[1], shape[2], shape[3])
    let half = width / 2
    let (step, partner) = layout == .interleaved ? (2, 1) : (1, half)
    return Tensor(shape: shape) { out in
      for b in 0..<batch {
        for t in 0..<tokens {
          let c = cosines.pointer + t * width
          let s = sines.pointer + t * width
          for h in 0..<heads {
            let at = ((b * tokens + t) * heads + h) * width
            let x = pointer + at
            let y = out + at
            for pair in 0..<half {
              let i = pair * step
              let j = i + partner
              y[i] = x[i] * c[i] - sign * x[j] * s[i]
              y[j] = x[j] * c[j] + sign * x[i] * s[j]
            }
          }
        }
      }
    }
  }
}
