/// Whose arithmetic to follow. The kernels are the same; results differ by a level, and by more
/// where a cubic kernel overshoots the range of a sample.
public enum ResizeArithmetic: String, Sendable, Hashable, CaseIterable {
  /// Single precision throughout and one rounding at the end, as torchvision's older transforms do
  /// it for frames that the authors of Qwen2.5-VL sample.
  case single
  /// Fixed point with 22 fractional bits and a rounding to 8 bits after each direction, bit for
  /// bit as Pillow up to version 12 does it for InternVL's tiles. (Pillow 13 does rows first where
  /// height shrinks more than width, which shows wherever a value was rounded between.)
  case fixedPoint
  /// Fixed point with weights of 16 bits and a rounding to 8 bits after each direction, bit for bit
  /// as PyTorch resizes 8-bit pictures; so do torchvision's newer transforms and, with them, the
  /// processors of transformers.
  case shortWeights
}

/// How weighted sums of samples are formed.
protocol WeightedSum {
  associatedtype Sample
  associatedtype Sum: SIMDScalar

  static var zero: Sum { get }
  /// The weights by which sums of this kind multiply, in the layout of `ResizeWeights`.
  static func weights(from source: Int, to target: Int, filter: ResizeFilter)
    -> ResizeWeights<Sum>
  /// The sample as a number that a weight multiplies.
  static func widened(_ sample: Sample) -> Sum
  static func add(_ sample: Sum, times weight: Sum, to sum: Sum) -> Sum
  /// As above, for the channels of a pixel.
  static func add(_ pixel: SIMD4<Sum>, times weight: Sum, to sum: SIMD4<Sum>) -> SIMD4<Sum>
  static func round(_ sum: Sum) -> Sample
}

/// Sums in single precision.
enum SingleSum: WeightedSum {
  static var zero: Float { 0 }

  static func weights(
    from source: Int, to target: Int, filter: ResizeFilter
  ) -> ResizeWeights<Float> {
    ResizeWeights(from: source, to: target, filter: filter)
  }

  static func widened(_ sample: Float) -> Float { sample }

  static func add(_ sample: Float, times weight: Float, to sum: Float) -> Float {
    sum.addingProduct(sample, weight)
  }

  static func add(
    _ pixel: SIMD4<Float>, times weight: Float, to sum: SIMD4<Float>
  ) -> SIMD4<Float> {
    sum.addingProduct(pixel, SIMD4(repeating: weight))
  }

  static func round(_ sum: Float) -> Float { sum }
}

/// Sums of 8-bit samples in 32-bit fixed point. 22 fractional bits leave 8 for the sample and two
/// for the overshoot of a cubic kernel.
enum FixedPointSum: WeightedSum {
  static let fractionBits = 22

  /// One half, so that cutting off the fraction rounds.
  static var zero: Int32 { 1 << (fractionBits - 1) }

  static func weights(
    from source: Int, to target: Int, filter: ResizeFilter
  ) -> ResizeWeights<Int32> {
    ResizeWeights<Double>(from: source, to: target, filter: filter).mapped {
      Int32(($0 * Double(1 << fractionBits)).rounded(.toNearestOrAwayFromZero))
    }
  }

  static func widened(_ sample: UInt8) -> Int32 { Int32(sample) }

  static func add(_ sample: Int32, times weight: Int32, to sum: Int32) -> Int32 {
    sum &+ sample &* weight
  }

  static func add(
    _ pixel: SIMD4<Int32>, times weight: Int32, to sum: SIMD4<Int32>
  ) -> SIMD4<Int32> {
    sum &+ pixel &* SIMD4(repeating: weight)
  }

  static func round(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: min(max(sum >> fractionBits, 0), 255))
  }
}

/// As ``FixedPointSum``, with weights that PyTorch's vector instructions can hold.
enum ShortWeightSum: WeightedSum {
  static var zero: Int32 { FixedPointSum.zero }

  /// Weights have as many fractional bits, at most 22, as leave the largest below 2^15.
  static func weights(
    from source: Int, to target: Int, filter: ResizeFilter
  ) -> ResizeWeights<Int32> {
    let exact = ResizeWeights<Double>(from: source, to: target, filter: filter)
    let largest = exact.largest
    let most = FixedPointSum.fractionBits
    let bits =
      (0..<most).first { Int(0.5 + largest * Double(1 << ($0 + 1))) >= 1 << 15 } ?? most
    return exact.mapped {
      Int32(($0 * Double(1 << bits)).rounded(.toNearestOrAwayFromZero)) << (most - bits)
    }
  }

  static func widened(_ sample: UInt8) -> Int32 { Int32(sample) }

  static func add(_ sample: Int32, times weight: Int32, to sum: Int32) -> Int32 {
    FixedPointSum.add(sample, times: weight, to: sum)
  }

  static func add(
    _ pixel: SIMD4<Int32>, times weight: Int32, to sum: SIMD4<Int32>
  ) -> SIMD4<Int32> {
    FixedPointSum.add(pixel, times: weight, to: sum)
  }

  static func round(_ sum: Int32) -> UInt8 { FixedPointSum.round(sum) }
}
