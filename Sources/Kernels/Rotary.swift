/// How the two halves of a rotary pair lie in a head.
public enum RotaryLayout: Sendable {
  /// Pairs (0, 1), (2, 3), ... as in CogVideoX.
  case interleaved
  /// Pairs (i, i + headDim / 2) as in Qwen and Llama.
  case halves
}

/// Rotation of pairs in the rows of `[batch, tokens, heads, width]`.
public struct Rotary: Sendable {
  private let tokens: Int
  private let heads: Int
  private let width: Int
  private let layout: RotaryLayout

  public init(tokens: Int, heads: Int, width: Int, layout: RotaryLayout) {
    precondition(width % 2 == 0, "rotary embedding of odd width \(width)")
    (self.tokens, self.heads, self.width, self.layout) = (tokens, heads, width, layout)
  }

  /// Some rows, a row for each head of each token.
  /// - Parameters:
  ///   - cosines: `[tokens, width]`
  ///   - sines: `[tokens, width]`, times `sign`
  public func rotate(
    _ source: TensorStorage, cosines: TensorStorage, sines: TensorStorage, sign: Float,
    into out: TensorStorage, _ rows: Range<Int>
  ) {
    let (source, out) = (UnsafePointer(source.pointer), out.pointer)
    let (cosine, sine) = (UnsafePointer(cosines.pointer), UnsafePointer(sines.pointer))
    for row in rows {
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

  /// The members of each pair of a table `[tokens, width]` in each other's place.
  public func crossPairs(of table: TensorStorage, into out: TensorStorage) {
    let (table, out) = (table.pointer, out.pointer)
    for row in 0..<tokens {
      let (x, y) = (table + row * width, out + row * width)
      for i in 0..<width {
        switch layout {
        case .interleaved: y[i] = x[i ^ 1]
        case .halves: y[i] = x[i < width / 2 ? i + width / 2 : i - width / 2]
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
