import Canonical
import Foundation

/// Names a stream of random numbers: SHA-256 over the master seed, the command, a label and an
/// index, so that adding one draw to a script never changes the numbers of another.
public struct StreamKey: Hashable, Sendable {
  /// The two 32-bit words that key Philox.
  public let low: UInt32
  public let high: UInt32

  public init(low: UInt32, high: UInt32) {
    self.low = low
    self.high = high
  }

  public init(seed: Int, command: String, label: String = "", index: Int = 0) {
    var hash = SHA256()
    func feed(_ text: String) {
      hash.update(UInt64(text.utf8.count).littleEndianBytes + text.utf8)
    }
    feed(String(seed))
    feed(command)
    feed(label)
    feed(String(index))
    let digest = hash.digest()
    func word(_ at: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(digest[at + $1]) << UInt32(8 * $1) }
    }
    self.init(low: word(0), high: word(4))
  }

  /// The key of a part of this stream: independent of it and of every other part.
  public func child(_ label: String, _ index: Int = 0) -> StreamKey {
    StreamKey(seed: Int(low) | Int(high) << 32, command: "child", label: label, index: index)
  }
}

/// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
/// Block `i` is a function of the key and `i` alone.
public enum Philox {
  /// Four words from a counter in the low 64 of its 128 bits.
  public static func block(_ counter: UInt64, key: StreamKey) -> SIMD4<UInt32> {
    let low = UInt32(truncatingIfNeeded: counter)
    return block(SIMD4(low, UInt32(truncatingIfNeeded: counter >> 32), 0, 0), key: key)
  }

  /// Four words from a whole counter, lowest word first.
  public static func block(_ counter: SIMD4<UInt32>, key: StreamKey) -> SIMD4<UInt32> {
    var c = counter
    var k0 = key.low
    var k1 = key.high
    for _ in 0..<10 {
      let p0 = UInt64(0xD251_1F53) * UInt64(c[0])
      let p1 = UInt64(0xCD9E_8D57) * UInt64(c[2])
      c = SIMD4(
        UInt32(truncatingIfNeeded: p1 >> 32) ^ c[1] ^ k0, UInt32(truncatingIfNeeded: p1),
        UInt32(truncatingIfNeeded: p0 >> 32) ^ c[3] ^ k1, UInt32(truncatingIfNeeded: p0))
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return c
  }
}

/// A cursor over the draws of one stream, in order. Draw `i` is word `i % 4` of block `i / 4`.
public struct RandomStream: RandomNumberGenerator, Sendable {
  public let key: StreamKey
  private var position: UInt64 = 0
  private var words = SIMD4<UInt32>()

  public init(_ key: StreamKey) { self.key = key }

  public mutating func nextWord() -> UInt32 {
    let lane = Int(position & 3)
    if lane == 0 { words = Philox.block(position >> 2, key: key) }
    position += 1
    return words[lane]
  }

  public mutating func next() -> UInt64 { UInt64(nextWord()) | UInt64(nextWord()) << 32 }

  /// Uniform in [0, 1) with 24 bits.
  public mutating func uniform() -> Float { Float(nextWord() >> 8) * 0x1p-24 }

  public mutating func uniform(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }

  /// Uniform in 0..<count, without bias (Lemire, 2019, with rejection).
  public mutating func integer(below count: Int) -> Int {
    precondition(count > 0 && count <= Int(UInt32.max), "count \(count) must be in 1...2^32-1")
    let n = UInt32(count)
    let threshold = (0 &- n) % n
    while true {
      let product = UInt64(nextWord()) * UInt64(n)
      if UInt32(truncatingIfNeeded: product) >= threshold { return Int(product >> 32) }
    }
  }

  public mutating func pick<T>(_ values: [T]) -> T { values[integer(below: values.count)] }

  /// A random order of 0..<count (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, integer(below: i + 1)) }
    return order
  }
}
