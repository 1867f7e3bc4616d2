import Canonical
import Testing

@Suite struct CanonicalEncoderTests {
  /// The form of scripts' trees and values: no byte of it may change, for locks have its hashes.
  @Test func bytesOfParts() {
    let bytes = CanonicalEncoder.bytes {
      $0.append(tag: 7)
      $0.append(-2)
      $0.append("é")
      $0.append(bytes: [9])
    }
    let eight = [UInt8](repeating: 0, count: 7)
    #expect(
      bytes == [7, 254] + [UInt8](repeating: 255, count: 7) + [2] + eight + [0xC3, 0xA9, 1]
        + eight + [9])
  }

  /// The form of keys and of checkpoints' hashes.
  @Test func bytesOfValues() {
    let bytes = CanonicalEncoder.bytes {
      $0.encode(true)
      $0.encode(1.0)
      $0.encodeList { $0.encode("é") }
    }
    let seven = [UInt8](repeating: 0, count: 7)
    let expected: [[UInt8]] = [
      [1, 1], seven, [1], [3, 8], seven, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F],
      [6, 11], seven, [4, 2], seven, [0xC3, 0xA9],
    ]
    #expect(bytes == expected.flatMap { $0 })
  }

  @Test func allNaNsAreOne() {
    let odd = Double(bitPattern: 0xFFF8_0000_0000_1234)
    #expect(
      CanonicalEncoder.bytes { $0.append(odd) } == CanonicalEncoder.bytes { $0.append(.nan) })
    #expect(
      CanonicalEncoder.bytes { $0.append(0.0) } != CanonicalEncoder.bytes { $0.append(-0.0) })
  }

  @Test func theOrderOfARecordsFieldsDoesNotMatter() {
    let (a, b) = ((name: "a", bytes: [UInt8(1)]), (name: "b", bytes: [UInt8(2)]))
    #expect(
      CanonicalEncoder.bytes { $0.encodeRecord([a, b]) }
        == CanonicalEncoder.bytes { $0.encodeRecord([b, a]) })
  }
}

@Suite struct SHA256Tests {
  /// FIPS 180-4 and NIST's examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func knownHashes(text: String, hash: String) {
    #expect(ContentHash(of: Array(text.utf8)).hex == hash)
  }

  @Test func piecesGiveTheHashOfTheWhole() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for size in [1, 7, 64, 65, 999] {
      var hash = SHA256()
      for start in stride(from: 0, to: bytes.count, by: size) {
        hash.update(bytes[start..<min(start + size, bytes.count)])
      }
      #expect(ContentHash(hash) == ContentHash(of: bytes), "\(size)")
    }
    var hash = SHA256()
    hash.update(bytes.span.bytes)
    // A digest does not end the hash.
    #expect(hash.digest() == hash.digest() && ContentHash(hash) == ContentHash(of: bytes))
  }

  @Test(arguments: [
    "", "e3b0", String(repeating: "A", count: 64), String(repeating: "é", count: 32),
  ])
  func whatIsNoHash(text: String) { #expect(ContentHash(hex: text) == nil) }

  @Test func bytesOfNumbers() {
    #expect(UInt32(0x0102_0304).littleEndianBytes == [4, 3, 2, 1])
    #expect(Int16(-2).littleEndianBytes == [254, 255])
    for number in [0, 1, -1, Int.min, Int.max] {
      #expect(Int(littleEndianBytes: number.littleEndianBytes) == number)
    }
  }
}
