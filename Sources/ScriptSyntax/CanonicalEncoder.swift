/// Writes values in one unambiguous way, as input to a hash.
public struct CanonicalEncoder: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func append(tag: UInt8) { bytes.append(tag) }

  public mutating func append(_ value: Int) {
    withUnsafeBytes(of: Int64(value).littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// All NaNs are written as one.
  public mutating func append(_ value: Double) {
    let pattern = value.isNaN ? 0x7FF8_0000_0000_0000 : value.bitPattern
    withUnsafeBytes(of: pattern.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// The length in bytes, then the bytes.
  public mutating func append(_ text: String) {
    append(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  public mutating func append(bytes other: [UInt8]) {
    append(other.count)
    bytes.append(contentsOf: other)
  }
}
