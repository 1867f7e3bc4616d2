/// The tokens of a byte-level vocabulary. Those that are not spelled in its alphabet, special ones
/// usually, are never found in a text but may be written.
struct BytePairVocabulary: Sendable {
  private(set) var idOfBytes: [[UInt8]: Int] = [:]
  private(set) var bytesOfID: [Int: [UInt8]] = [:]
  private(set) var foreignOfID: [Int: String] = [:]
  private var idOfForeign: [String: Int] = [:]
  /// One more than the largest id.
  private(set) var size = 0

  init() {}

  /// - Parameter tokens: the bytes of every token with its id.
  init(_ tokens: [[UInt8]: Int]) {
    for (bytes, id) in tokens { add(bytes, id: id) }
  }

  mutating func reserveCapacity(_ count: Int) {
    idOfBytes.reserveCapacity(count)
    bytesOfID.reserveCapacity(count)
  }

  /// Adds a token as the file spells it.
  mutating func add(_ spelling: String, id: Int) {
    if let bytes = ByteAlphabet.bytes(of: spelling) { return add(bytes, id: id) }
    idOfForeign[spelling] = id
    foreignOfID[id] = spelling
    size = max(size, id + 1)
  }

  private mutating func add(_ bytes: [UInt8], id: Int) {
    idOfBytes[bytes] = id
    bytesOfID[id] = bytes
    size = max(size, id + 1)
  }

  func id(of spelling: String) -> Int? {
    ByteAlphabet.bytes(of: spelling).flatMap { idOfBytes[$0] } ?? idOfForeign[spelling]
  }
}
