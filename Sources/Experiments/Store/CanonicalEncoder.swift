import Crypto
import Foundation

/// Encodes values as bytes in exactly one way, so that equal bytes mean equal values.
///
/// Every value is a tag, the length of its payload (64 bits, little-endian) and the payload; so no
/// two different sequences of values have the same bytes. Containers hold their encoded elements.
/// All NaNs are one NaN; the two zeros stay apart.
public struct CanonicalEncoder: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  private enum Tag: UInt8 {
    case null = 0
    case bool, integer, float, string, data, list, record
  }

  private mutating func append(_ tag: Tag, _ payload: some Collection<UInt8>) {
    bytes.append(tag.rawValue)
    appendWord(UInt64(payload.count))
    bytes.append(contentsOf: payload)
  }

  private mutating func appendWord(_ word: UInt64) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func append(_ tag: Tag, word: UInt64) {
    bytes.append(tag.rawValue)
    appendWord(8)
    appendWord(word)
  }

  public mutating func encodeNull() { append(.null, []) }
  public mutating func encode(_ value: Bool) { append(.bool, [value ? 1 : 0]) }
  public mutating func encode(_ value: Int) {
    append(.integer, word: UInt64(bitPattern: Int64(value)))
  }
  public mutating func encode(_ value: Double) {
    append(.float, word: value.isNaN ? 0x7FF8_0000_0000_0000 : value.bitPattern)
  }
  /// The bytes of the text as it is; composed and decomposed letters stay apart.
  public mutating func encode(_ value: String) { append(.string, Array(value.utf8)) }
  public mutating func encode(data: some Collection<UInt8>) { append(.data, data) }

  /// A list: `body` encodes the elements in order.
  public mutating func encodeList(_ body: (inout CanonicalEncoder) throws -> Void) rethrows {
    var inner = CanonicalEncoder()
    try body(&inner)
    append(.list, inner.bytes)
  }

  /// A record whose fields are given by name: written in byte order of the names, so the order in
  /// which they are given never matters.
  /// - Parameter fields: name and canonical bytes of each field; names are distinct
  public mutating func encodeRecord(_ fields: [(name: String, bytes: [UInt8])]) {
    let sorted = fields.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    for (one, next) in zip(sorted, sorted.dropFirst()) {
      precondition(
        one.name.utf8.elementsEqual(next.name.utf8) == false,
        "field '\(one.name)' is given twice")
    }
    var inner = CanonicalEncoder()
    for field in sorted {
      inner.encode(field.name)
      inner.bytes.append(contentsOf: field.bytes)
    }
    append(.record, inner.bytes)
  }

  /// SHA-256 of the bytes so far.
  public var digest: ContentHash { ContentHash(of: bytes) }

  /// The canonical bytes of what `body` encodes.
  public static func bytes(_ body: (inout CanonicalEncoder) throws -> Void) rethrows -> [UInt8] {
    var encoder = CanonicalEncoder()
    try body(&encoder)
    return encoder.bytes
  }
}

/// A SHA-256 hash as 64 lower-case hexadecimal digits.
public struct ContentHash: Hashable, Sendable, Comparable, CustomStringConvertible {
  public let hex: String

  /// - Parameter hex: 64 hexadecimal digits; nil for anything else
  public init?(hex: some StringProtocol) {
    let digits = Array(hex.utf8)
    let valid = digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    guard digits.count == 64, valid else { return nil }
    self.hex = String(hex)
  }

  public init(of data: some DataProtocol) {
    self.init(digest: SHA256.hash(data: data))
  }

  init(digest: SHA256Digest) {
    let digits = Array("0123456789abcdef".utf8)
    hex = String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
      as: UTF8.self)
  }

  /// The first 16 digits, enough to tell the results of a project apart.
  public var short: String { String(hex.prefix(16)) }
  public var description: String { hex }
  public static func < (a: ContentHash, b: ContentHash) -> Bool { a.hex < b.hex }
}
