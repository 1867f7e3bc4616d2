extension FixedWidthInteger {
  /// The bytes of the number, lowest first.
  public var littleEndianBytes: [UInt8] {
    (0..<Self.bitWidth / 8).map { UInt8(truncatingIfNeeded: self >> (8 * $0)) }
  }

  /// The number that bytes stand for, lowest first.
  public init(littleEndianBytes bytes: some Collection<UInt8>) {
    precondition(
      bytes.count == Self.bitWidth / 8, "\(bytes.count) bytes for \(Self.bitWidth) bits")
    self = 0
    for (index, byte) in bytes.enumerated() {
      self |= Self(truncatingIfNeeded: byte) << (8 * index)
    }
  }
}
