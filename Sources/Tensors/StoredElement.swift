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

extension Tensor {
  /// The type in which the elements lie in memory.
  public var element: StoredElement { storage.element }

  /// These elements as float32 without history: this tensor itself, or a copy that nobody keeps.
  public func widened() -> Tensor {
    if element == .float32 { return detached() }
    return Tensor(shape: shape) { out in
      Workers.forEachBlock(of: count) { storage.widen($0, into: out + $0.lowerBound) }
    }
  }
}
