/// Angles too large for two parts of pi / 2: the quadrant and the rest of any finite angle,
/// exactly.
///
/// Payne and Hanek's way (SIGNUM Newsletter 18, 1983): of the product with 2 / pi only the bits
/// below 4 matter, so a window of 192 bits of 2 / pi is enough, wherever the angle's exponent puts
/// it.
enum LargeAngle {
  /// The binary digits of 2 / pi behind the point.
  private static let twoOverPi: [UInt64] = [
    0xA2F9_836E_4E44_1529, 0xFC27_57D1_F534_DDC0, 0xDB62_9599_3C43_9041,
    0xFE51_63AB_DEBB_C561, 0xB724_6E3A_424D_D2E0, 0x0649_2EEA_09D1_921C,
    0xFE1D_EB1C_B129_A73E, 0xE882_35F5_2EBB_4484, 0xE99C_7026_B45F_7E41,
    0x3991_D639_8353_39F4, 0x9C84_5F8B_BDF9_283B, 0x1FF8_97FF_DE05_980F,
    0xEF2F_118B_5A0A_6D1F, 0x6D36_7ECF_27CB_09B7, 0x4F46_3F66_9E5F_EA2D,
    0x7527_BAC7_EBE5_F17B, 0x3D07_39F7_8A52_92EA, 0x6BFB_5FB1_1F8D_5D08,
    0x5603_3046_FC7B_6BAB,
  ]

  /// - Parameter x: finite, at least 1
  /// - Returns: `quadrant` and `rest` with x = (4 k + quadrant) pi / 2 + rest, |rest| <= pi / 4
  static func reduced(_ x: Double) -> (quadrant: Int, rest: Double) {
    let mantissa = x.significandBitPattern | 1 << 52
    // x = mantissa * 2^exponent; digits of 2 / pi before the first give multiples of 4.
    let exponent = Int(x.exponent) - 52
    let window = (0..<3).map { digits(from: exponent - 2 + 64 * $0) }
    // The lowest 192 bits of the product: two of the quadrant, 190 behind the point.
    let low = window[2].multipliedFullWidth(by: mantissa)
    let middle = window[1].multipliedFullWidth(by: mantissa)
    let (second, carry) = middle.low.addingReportingOverflow(low.high)
    let first = window[0] &* mantissa &+ middle.high &+ (carry ? 1 : 0)
    var quadrant = Int(first >> 62)
    var high = first << 2 | second >> 62
    var tail = second << 2 | low.low >> 62
    // To the nearest multiple: from a half on, downwards from the next one.
    let isAbove = high >> 63 == 1
    if isAbove {
      quadrant += 1
      (high, tail) = (~high, ~tail)
    }
    let turn = Double(high) * 0x1p-64 + Double(tail) * 0x1p-128
    return (quadrant & 3, (isAbove ? -turn : turn) * (Double.pi / 2))
  }

  /// 64 digits from a place on; those before the point are 0.
  private static func digits(from place: Int) -> UInt64 {
    func word(_ index: Int) -> UInt64 {
      twoOverPi.indices.contains(index) ? twoOverPi[index] : 0
    }
    let index = place >> 6
    let shift = UInt64(place & 63)
    return word(index) << shift | (shift == 0 ? 0 : word(index + 1) >> (64 - shift))
  }
}
