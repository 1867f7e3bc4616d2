import FoundationEssentials

/// A SentencePiece model file (`spiece.model`): a protocol-buffers message with the pieces, how
/// they were trained, and how text is normalised. Only what encoding needs is read.
struct SentencePieceFile {
  private(set) var pieces: [UnigramModel.Piece] = []
  private(set) var unknownID = 0
  private(set) var spellsBytes = false
  private(set) var normalizer = SentencePieceNormalizer()

  init(file: String) throws(TokenizerError) {
    let data = try TokenizerError.bytes(of: file)
    do {
      try read([UInt8](data))
    } catch {
      throw TokenizerError.malformed(file: file, reason: "\(error)")
    }
  }

  private mutating func read(_ bytes: [UInt8]) throws(ProtobufMessage.Fault) {
    var isUnigram = true
    for field in try ProtobufMessage(bytes[...]).fields {
      switch field.number {
      case 1: pieces.append(try Self.piece(field.bytes()))
      case 2:
        for inner in try ProtobufMessage(field.bytes()).fields {
          switch inner.number {
          case 3: isUnigram = try inner.integer() == 1
          case 35: spellsBytes = try inner.integer() != 0
          case 24 where try inner.integer() != 0:
            throw ProtobufMessage.Fault(reason: "end-of-word markers are not supported")
          default: break
          }
        }
      case 3: try readNormalizer(field.bytes())
      default: break
      }
    }
    guard isUnigram else { throw ProtobufMessage.Fault(reason: "not a unigram model") }
    guard let unknown = pieces.firstIndex(where: { $0.kind == .unknown }) else {
      throw ProtobufMessage.Fault(reason: "no piece for unknown tokens")
    }
    unknownID = unknown
    let userDefined = pieces.enumerated().filter { $1.kind == .userDefined }
    normalizer.userDefined = ByteTrie(userDefined.map { ($1.bytes, $0) })
  }

  private static func piece(
    _ bytes: ArraySlice<UInt8>
  ) throws(ProtobufMessage.Fault) -> UnigramModel.Piece {
    var piece = UnigramModel.Piece(bytes: [], score: 0)
    for field in try ProtobufMessage(bytes).fields {
      switch field.number {
      case 1:
        piece.bytes = Array(try field.bytes())
        guard piece.bytes.count <= TokenizerLimits.pieceBytes else {
          throw ProtobufMessage.Fault(
            reason:
              "a piece of \(piece.bytes.count) bytes; the limit is \(TokenizerLimits.pieceBytes)")
        }
      case 2:
        piece.score = Double(Float(bitPattern: UInt32(truncatingIfNeeded: try field.integer())))
      case 3:
        let kinds: [UInt64: UnigramModel.Kind] = [
          1: .normal, 2: .unknown, 3: .control, 4: .userDefined, 5: .unused, 6: .byte,
        ]
        guard let kind = kinds[try field.integer()] else {
          throw ProtobufMessage.Fault(reason: "a piece of unknown type")
        }
        piece.kind = kind
      default: break
      }
    }
    return piece
  }

  private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>) throws(ProtobufMessage.Fault) {
    for field in try ProtobufMessage(bytes).fields {
      switch field.number {
      case 2:
        let blob = Array(try field.bytes())
        if blob.isEmpty { continue }
        guard let map = CharacterMap(blob) else {
          throw ProtobufMessage.Fault(reason: "the table of character replacements is not valid")
        }
        normalizer.map = map
      case 3: normalizer.addsDummyPrefix = try field.integer() != 0
      case 4: normalizer.removesExtraSpaces = try field.integer() != 0
      case 5: normalizer.escapesSpaces = try field.integer() != 0
      default: break
      }
    }
  }
}

/// The fields of a protocol-buffers message, in order.
struct ProtobufMessage {
  struct Fault: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
  }

  struct Field {
    var number: Int
    fileprivate var contents: Contents

    func integer() throws(Fault) -> UInt64 {
      guard case .integer(let value) = contents else { throw wrongType }
      return value
    }

    func bytes() throws(Fault) -> ArraySlice<UInt8> {
      guard case .bytes(let bytes) = contents else { throw wrongType }
      return bytes
    }

    private var wrongType: Fault { Fault(reason: "field \(number) has the wrong type") }
  }

  fileprivate enum Contents {
    case integer(UInt64)
    case bytes(ArraySlice<UInt8>)
  }

  let fields: [Field]

  init(_ bytes: ArraySlice<UInt8>) throws(Fault) {
    var fields: [Field] = []
    var rest = bytes
    while !rest.isEmpty {
      let tag = try Self.variableInteger(&rest)
      let contents: Contents =
        switch tag & 7 {
        case 0: .integer(try Self.variableInteger(&rest))
        case 1: .integer(try Self.fixedInteger(&rest, 8))
        case 2: .bytes(try Self.take(&rest, Self.variableInteger(&rest)))
        case 5: .integer(try Self.fixedInteger(&rest, 4))
        default: throw Fault(reason: "not a valid protocol buffer")
        }
      fields.append(Field(number: Int(tag >> 3), contents: contents))
    }
    self.fields = fields
  }

  private static func variableInteger(_ rest: inout ArraySlice<UInt8>) throws(Fault) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    throw Fault(reason: "truncated, or not a valid protocol buffer")
  }

  private static func fixedInteger(
    _ rest: inout ArraySlice<UInt8>, _ count: UInt64
  ) throws(Fault) -> UInt64 {
    try take(&rest, count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func take(
    _ rest: inout ArraySlice<UInt8>, _ count: UInt64
  ) throws(Fault) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw Fault(reason: "truncated in a field of \(count) bytes") }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }
}
