import HeapModule

/// Byte-pair encoding: starting from single bytes, neighbours are joined in the order in which
/// training found the pairs (Sennrich et al., ACL 2016).
struct BytePairModel: Sendable {
  let vocabularySize: Int
  private let vocabulary: BytePairVocabulary
  private let idOfByte: [Int32]
  private let merges: [UInt64: Merge]
  /// Whether a word that is a token is taken whole without looking at merges.
  private let prefersWholeWords: Bool
  /// What stands for bytes that are no token; without it they are left out.
  private let unknown: Unknown?

  /// The token for unknown bytes.
  struct Unknown: Sendable {
    var id: Int
    /// Whether it stands for a whole run of them.
    var isFused: Bool
  }

  private struct Merge {
    var rank: Int32
    var result: Int32
  }

  /// A pair that could be joined, first the earliest rank and then the leftmost.
  private struct Candidate: Comparable {
    var rank: Int32
    var left: Int32
    var result: Int32

    static func < (a: Candidate, b: Candidate) -> Bool {
      (a.rank, a.left) < (b.rank, b.left)
    }
  }

  /// What is wrong with a list of merges.
  struct Fault: Error {
    var reason: String
  }

  /// - Parameter merges: the bytes of the two halves, best first; their join must be a token too.
  init(
    vocabulary: BytePairVocabulary, merges: [(left: [UInt8], right: [UInt8])],
    prefersWholeWords: Bool = false, unknown: Unknown? = nil
  ) throws(Fault) {
    self.vocabulary = vocabulary
    self.prefersWholeWords = prefersWholeWords
    self.unknown = unknown
    vocabularySize = vocabulary.size
    let idOfBytes = vocabulary.idOfBytes
    idOfByte = (UInt8.min...UInt8.max).map { Int32(idOfBytes[[$0]] ?? -1) }
    var table: [UInt64: Merge] = [:]
    table.reserveCapacity(merges.count)
    for (rank, (left, right)) in merges.enumerated() {
      guard let leftID = idOfBytes[left], let rightID = idOfBytes[right],
        let result = idOfBytes[left + right]
      else {
        let names = [left, right, left + right].map { ByteAlphabet.token(of: $0) }
        throw Fault(
          reason: "merge \(rank + 1), \"\(names[0]) \(names[1])\": a part or the result "
            + "\"\(names[2])\" is not in the vocabulary")
      }
      table[Self.key(Int32(leftID), Int32(rightID))] = Merge(
        rank: Int32(rank), result: Int32(result))
    }
    self.merges = table
  }

  /// The bytes a token stands for, or how it is spelled where it stands for none.
  func bytes(of id: Int) -> [UInt8]? {
    vocabulary.bytesOfID[id] ?? vocabulary.foreignOfID[id].map { Array($0.utf8) }
  }

  /// How the vocabulary file spells a token.
  func spelling(of id: Int) -> [UInt8]? {
    if let bytes = vocabulary.bytesOfID[id] { return Array(ByteAlphabet.token(of: bytes).utf8) }
    return vocabulary.foreignOfID[id].map { Array($0.utf8) }
  }

  func id(ofSpelling token: String) -> Int? { vocabulary.id(of: token) }

  /// The tokens of one word with their lengths in bytes.
  ///
  /// Takes time n log n for n bytes.
  func encode(_ word: ArraySlice<UInt8>, _ body: (_ id: Int, _ bytes: Range<Int>) -> Void) {
    if prefersWholeWords, let id = vocabulary.idOfBytes[Array(word)] {
      body(id, word.startIndex..<word.endIndex)
      return
    }
    // A chain of symbols; `ids` is -1 for one that was joined to its left neighbour.
    var ids: [Int32] = []
    var ends: [Int] = []
    var starts: [Int] = []
    var followsUnknown = false
    for (offset, byte) in zip(word.indices, word) {
      let known = idOfByte[Int(byte)]
      if known < 0, let unknown, unknown.isFused, followsUnknown {
        ends[ends.count - 1] = offset + 1
      } else if let id = known >= 0 ? known : unknown.map({ Int32($0.id) }) {
        ids.append(id)
        starts.append(offset)
        ends.append(offset + 1)
        followsUnknown = known < 0
      }
    }
    let count = ids.count
    var next = Array(1..<(count + 1))
    var previous = Array(-1..<max(count - 1, 0))
    var heap = Heap<Candidate>()

    func consider(_ left: Int) {
      guard left >= 0, next[left] < count,
        let merge = merges[Self.key(ids[left], ids[next[left]])]
      else { return }
      heap.insert(Candidate(rank: merge.rank, left: Int32(left), result: merge.result))
    }
    for left in 0..<max(count - 1, 0) { consider(left) }
    while let candidate = heap.popMin() {
      let left = Int(candidate.left)
      guard ids[left] >= 0, next[left] < count else { continue }
      let right = next[left]
      // One of the two may have been joined with another since.
      guard let merge = merges[Self.key(ids[left], ids[right])], merge.rank == candidate.rank
      else { continue }
      ids[left] = merge.result
      ends[left] = ends[right]
      ids[right] = -1
      next[left] = next[right]
      if next[right] < count { previous[next[right]] = left }
      consider(previous[left])
      consider(left)
    }
    var position = 0
    while position < count {
      body(Int(ids[position]), starts[position]..<ends[position])
      position = next[position]
    }
  }

  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }
}
