/// Turns values into bytes, one way only, so that equal bytes mean equal values. What is hashed
/// into a key or a lock is written by it.
///
/// There are two forms. *Parts* (`append`) are bare: numbers of 64 bits, little-endian, and texts
/// behind their length; who writes them fixes their kinds and their order. Scripts are hashed in
/// this form: their trees, values and functions. *Values* (`encode`) say themselves what they are:
/// a tag, the length of the payload and the payload, which is made of parts. Keys of results and
/// hashes of checkpoints have this form. Each stands behind the hashes in existing locks and
/// stores, so both stay.
///
/// All NaNs are one NaN; the two zeros stay apart.
public struct CanonicalEncoder: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// SHA-256 of the bytes so far.
  public var digest: ContentHash { ContentHash(of: bytes) }

  // MARK: Parts

  public mutating func append(tag: UInt8) { bytes.append(tag) }

  public mutating func append(_ value: Int) { append(word: UInt64(bitPattern: Int64(value))) }

  public mutating func append(_ value: Double) {
    append(word: value.isNaN ? 0x7FF8_0000_0000_0000 : value.bitPattern)
  }

  /// The length in bytes, then the bytes; composed and decomposed letters stay apart.
  public mutating func append(_ text: String) {
    append(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  /// The length, then the bytes.
  public mutating func append(bytes other: some Collection<UInt8>) {
    append(other.count)
    bytes.append(contentsOf: other)
  }

  private mutating func append(word: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: word >> shift))
    }
  }
}
