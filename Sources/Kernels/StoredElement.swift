/// The types of number that a tensor's memory may hold. Operations compute in float32 and give
/// float32; the narrower types are those of checkpoints.
public enum StoredElement: Sendable {
  case float32
  /// The upper half of a float32.
  case bfloat16
  /// IEEE 754 binary16.
  case float16

  public var byteCount: Int { self == .float32 ? 4 : 2 }

  /// Writes `count` elements that lie at `source` as float32; exact.
  func widen(_ source: UnsafeRawPointer, _ count: Int, into out: UnsafeMutablePointer<Float>) {
    switch self {
    case .float32:
      UnsafeMutableRawPointer(out).copyMemory(from: source, byteCount: count * 4)
    case .bfloat16:
      let x = source.assumingMemoryBound(to: UInt16.self)
      for i in 0..<count { out[i] = Float(bitPattern: UInt32(x[i]) &<< 16) }
    case .float16:
      let x = source.assumingMemoryBound(to: Float16.self)
      for i in 0..<count { out[i] = Float(x[i]) }
    }
  }

  /// The upper halves of some elements times `factor`, rounded as below, into `halves`, memory of
  /// ``TensorStorage/init(halves:)``.
  public static func narrow(
    _ x: TensorStorage, _ range: Range<Int>, times factor: Float = 1,
    into halves: TensorStorage
  ) {
    narrow(
      x.pointer + range.lowerBound, range.count, times: factor,
      into: halves.bytes.assumingMemoryBound(to: UInt16.self) + range.lowerBound)
  }

  /// The upper halves of `count` floats times `factor`, rounded to nearest even; a NaN stays one.
  static func narrow(
    _ x: UnsafePointer<Float>, _ count: Int, times factor: Float = 1,
    into out: UnsafeMutablePointer<UInt16>
  ) {
    for i in 0..<count {
      let bits = (x[i] * factor).bitPattern
      let rounded = (bits &+ 0x7FFF &+ (bits &>> 16 & 1)) &>> 16
      let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
      out[i] = UInt16(truncatingIfNeeded: isNaN ? bits &>> 16 | 0x40 : rounded)
    }
  }
}
