import Kernels

extension Tensor {
  /// Standard normal draws; element `i` is a function of the key and `i` alone (Box and Muller:
  /// each Philox block of four words gives four draws).
  public static func normal(_ shape: [Int], key: StreamKey) -> Tensor {
    Tensor(shape: shape) { out in
      let count = shape.product
      for block in 0..<(count + 3) / 4 {
        let words = Philox.block(UInt64(block), key: key)
        for pair in 0..<2 {
          // In (0, 1], so that the logarithm is finite.
          let u = (Double(words[2 * pair]) + 1) * 0x1p-32
          let radius = Float((-2 * NaturalLogarithm.of(u)).squareRoot())
          let angle = Float(words[2 * pair + 1] >> 8) * 0x1p-24 * 6.283_185_5
          let (sine, cosine) = VectorMath.sinCos(VectorMath.Lanes(repeating: angle))
          let at = 4 * block + 2 * pair
          if at < count { out[at] = radius * cosine[0] }
          if at + 1 < count { out[at + 1] = radius * sine[0] }
        }
      }
    }
  }

  /// Uniform draws; element `i` is a function of the key and `i` alone.
  public static func uniform(
    _ shape: [Int], in range: ClosedRange<Float>, key: StreamKey
  ) -> Tensor {
    let width = range.upperBound - range.lowerBound
    return Tensor(shape: shape) { out in
      let count = shape.product
      for block in 0..<(count + 3) / 4 {
        let words = Philox.block(UInt64(block), key: key)
        for i in 4 * block..<min(count, 4 * block + 4) {
          out[i] = range.lowerBound + width * Float(words[i % 4] >> 8) * 0x1p-24
        }
      }
    }
  }
}
