/// A unigram language model over pieces: of all ways to cut a text into pieces, the one with the
/// largest sum of log probabilities (Kudo, ACL 2018).
struct UnigramModel: Sendable {
  /// How the reference adds scores; the two can differ where ways to cut nearly tie.
  enum Precision { case single, double }

  /// What a piece is for.
  enum Kind { case normal, unknown, control, userDefined, unused, byte }

  struct Piece {
    var bytes: [UInt8]
    var score: Double
    var kind = Kind.normal
  }

  let pieces: [Piece]
  let unknownID: Int
  private let trie: ByteTrie
  private let idOfPiece: [[UInt8]: Int]
  /// The ids of the pieces `<0x00>` to `<0xFF>`, if unknown characters are spelled in bytes.
  private let byteIDs: [Int]?
  private let scores: Scores

  private enum Scores {
    case single([Float], unknown: Float)
    case double([Double], unknown: Double)
  }

  /// - Parameters:
  ///   - unknownID: the id of text no piece covers.
  ///   - spellsBytes: whether unknown characters become their bytes' pieces, where all exist.
  init(_ pieces: [Piece], unknownID: Int, precision: Precision, spellsBytes: Bool) {
    self.pieces = pieces
    self.unknownID = unknownID
    let numbered = pieces.enumerated().map { (id: $0, piece: $1) }
    let normal = pieces.filter { $0.kind == .normal }.map(\.score)
    // SentencePiece looks for the highest score above the least positive number.
    let (lowest, highest) = (
      normal.min() ?? 0, max(normal.max() ?? 0, Double(Float.leastNormalMagnitude))
    )
    trie = ByteTrie(
      numbered.filter { entry in
        !entry.piece.bytes.isEmpty && [.normal, .userDefined].contains(entry.piece.kind)
      }.map { ($0.piece.bytes, $0.id) })
    idOfPiece = Dictionary(
      numbered.map { ($0.piece.bytes, $0.id) }, uniquingKeysWith: { _, last in last })
    // User-defined pieces win over everything that they cover.
    let scores = pieces.map {
      $0.kind == .userDefined ? Double($0.bytes.count) * highest - 0.1 : $0.score
    }
    self.scores =
      switch precision {
      case .single: .single(scores.map(Float.init), unknown: Float(lowest) - 10)
      case .double: .double(scores, unknown: lowest - 10)
      }
    if spellsBytes {
      let names = (0..<256).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return Array("<0x\(digits.count == 1 ? "0" : "")\(digits)>".utf8)
      }
      let ids = names.compactMap { [idOfPiece] name in idOfPiece[name] }
      byteIDs = ids.count == 256 ? ids : nil
    } else {
      byteIDs = nil
    }
  }

  func id(of bytes: [UInt8]) -> Int? { idOfPiece[bytes] }

  /// The byte a piece such as `<0x0A>` stands for.
  func byte(of id: Int) -> UInt8? { byteIDs?.firstIndex(of: id).map { UInt8($0) } }

  /// The pieces of a text, each with its bytes; neighbouring unknown characters are one.
  ///
  /// Takes time linear in the text for pieces of bounded length.
  func encode(_ text: ArraySlice<UInt8>, _ body: (_ id: Int, _ bytes: Range<Int>) -> Void) {
    let path =
      switch scores {
      case .single(let scores, let unknown): bestPath(text, scores, unknown)
      case .double(let scores, let unknown): bestPath(text, scores, unknown)
      }
    var position = 0
    while position < path.count {
      let (id, start) = (path[position].id, path[position].range.lowerBound)
      guard id == unknownID else {
        body(id, path[position].range)
        position += 1
        continue
      }
      var end = start
      while position < path.count, path[position].id == unknownID {
        end = path[position].range.upperBound
        position += 1
      }
      if let id = idOfPiece[Array(text[start..<end])] {
        body(id, start..<end)
      } else if let byteIDs {
        for place in start..<end { body(byteIDs[Int(text[place])], place..<place + 1) }
      } else {
        body(unknownID, start..<end)
      }
    }
  }

  /// The Viterbi path: for each place the best way to get there, extended piece by piece.
  private func bestPath<Score: BinaryFloatingPoint>(
    _ text: ArraySlice<UInt8>, _ scores: [Score], _ unknownScore: Score
  ) -> [(id: Int, range: Range<Int>)] {
    let count = text.count
    var bestScore = [Score](repeating: 0, count: count + 1)
    var bestStart = [Int32](repeating: -1, count: count + 1)
    var bestID = [Int32](repeating: 0, count: count + 1)
    let bytes = text.span
    func offer(_ id: Int, _ start: Int, _ end: Int, _ score: Score) {
      guard bestStart[end] < 0 || score > bestScore[end] else { return }
      bestScore[end] = score
      bestStart[end] = Int32(start)
      bestID[end] = Int32(id)
    }
    var start = 0
    while start < count {
      let soFar = bestScore[start]
      let width = Self.characterWidth(bytes[start], limit: count - start)
      var hasCharacter = false
      trie.forEachPrefix(bytes, from: start) { length, id in
        offer(id, start, start + length, scores[id] + soFar)
        if length == width { hasCharacter = true }
      }
      if !hasCharacter { offer(unknownID, start, start + width, unknownScore + soFar) }
      start += width
    }
    var path: [(id: Int, range: Range<Int>)] = []
    var end = count
    while end > 0 {
      let start = Int(bestStart[end])
      path.append((Int(bestID[end]), (text.startIndex + start)..<(text.startIndex + end)))
      end = start
    }
    return path.reversed()
  }

  private static func characterWidth(_ lead: UInt8, limit: Int) -> Int {
    let width = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    return min(width, limit)
  }
}
