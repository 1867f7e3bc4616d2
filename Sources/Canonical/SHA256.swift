import CNettle
import Foundation

/// SHA-256 of bytes that come in pieces.
public struct SHA256: Sendable {
  private var context = sha256_ctx()

  public init() { nettle_sha256_init(&context) }

  public mutating func update(_ bytes: some ContiguousBytes) {
    bytes.withUnsafeBytes { add($0) }
  }

  /// The same for what an array of numbers holds: `numbers.span.bytes`.
  public mutating func update(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { add($0) }
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    nettle_sha256_update(&context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  /// The 32 bytes of the hash of what was added so far.
  public func digest() -> [UInt8] {
    var context = context
    var bytes = [UInt8](repeating: 0, count: 32)
    nettle_sha256_digest(&context, bytes.count, &bytes)
    return bytes
  }
}
