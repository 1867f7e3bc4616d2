/// The visible characters that stand for bytes in the files of a byte-level BPE: printable
/// Latin-1 characters stand for themselves, and the other 68 bytes, in order, for U+0100 on.
enum ByteAlphabet {
  static let scalarOfByte: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (UInt8.min...UInt8.max).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? Unicode.Scalar(byte)
      }
    }
  }()

  private static let byteOfScalar: [UInt8?] = {
    var table = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalarOfByte.enumerated() { table[Int(scalar.value)] = UInt8(byte) }
    return table
  }()

  /// The bytes a token stands for; nil when it holds a character outside of the alphabet.
  static func bytes(of token: some StringProtocol) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(token.utf8.count)
    for scalar in token.unicodeScalars {
      guard scalar.value < byteOfScalar.count, let byte = byteOfScalar[Int(scalar.value)] else {
        return nil
      }
      result.append(byte)
    }
    return result
  }

  /// How files spell the bytes of a token.
  static func token(of bytes: some Sequence<UInt8>) -> String {
    var result = String.UnicodeScalarView()
    result.append(contentsOf: bytes.map { scalarOfByte[Int($0)] })
    return String(result)
  }
}
