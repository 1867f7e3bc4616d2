/// The byte-level BPE of Qwen2, Qwen2.5-VL and InternVL3: any text in, the same text out (in
/// composed form).
public struct BytePairTokenizer: Tokenizer {
  /// One cut of the text into pieces; each works on the pieces of the one before.
  enum WordStep: Sendable {
    case pattern(WordPattern)
    /// Puts a space before every piece that has none.
    case prefixSpace
  }

  let model: BytePairModel
  let added: AddedTokens
  /// Whether text is brought into composed form (NFC) first.
  let composes: Bool
  let wordSteps: [WordStep]
  /// Ids put before and after every text on request.
  let template: SpecialTokenTemplate
  /// What decoding puts between two tokens; nil where tokens are spelled in bytes.
  let decodedSeparator: String?

  public let vocabularySize: Int

  init(
    model: BytePairModel, added: [AddedToken], composes: Bool = true,
    wordSteps: [WordStep] = [.pattern(.qwen2)],
    template: SpecialTokenTemplate = SpecialTokenTemplate(), decodedSeparator: String? = nil
  ) {
    self.model = model
    self.added = AddedTokens(added) { composes ? $0.composed() : $0 }
    self.composes = composes
    self.wordSteps = wordSteps
    self.template = template
    self.decodedSeparator = decodedSeparator
    vocabularySize = max(model.vocabularySize, (added.map(\.id).max() ?? -1) + 1)
  }

  public func encode(_ text: String, addSpecialTokens: Bool) -> Encoding {
    let bytes = Array(text.utf8)
    var encoding = Encoding()
    if addSpecialTokens { template.begin(&encoding) }
    added.forEachPart(
      of: bytes, normalize: { composes ? $0.composed() : $0 },
      token: { encoding.append($0.id, $1, isSpecial: $0.isSpecial) },
      text: { append($0, to: &encoding) })
    if addSpecialTokens { template.end(&encoding, at: bytes.count) }
    return encoding
  }

  private func append(_ text: AlignedText, to encoding: inout Encoding) {
    var pieces = [text]
    for step in wordSteps {
      switch step {
      case .pattern(let pattern):
        pieces = pieces.flatMap { piece in
          pattern.split(piece.bytes[...]).map { piece.slice($0) }
        }
      case .prefixSpace:
        pieces = pieces.map { $0.beginning(with: UInt8(ascii: " ")) }
      }
    }
    for piece in pieces {
      model.encode(piece.bytes[...]) { encoding.append($0, piece.origin($1)) }
    }
  }

  public func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String {
    let tokens = ids.compactMap { id -> [UInt8]? in
      guard let token = added[id: id] else {
        return decodedSeparator == nil ? model.bytes(of: id) : model.spelling(of: id)
      }
      guard let text = added.decoded(token, skippingSpecial: skipSpecialTokens) else { return nil }
      // The byte-level decoder takes letters for bytes wherever all of them can be.
      return decodedSeparator == nil
        ? ByteAlphabet.bytes(of: String(decoding: text, as: UTF8.self)) ?? text : text
    }
    let separator = Array((decodedSeparator ?? "").utf8)
    return String(decoding: Array(tokens.joined(separator: separator)), as: UTF8.self)
  }

  public func id(of token: String) -> Int? {
    if let token = added[content: token] { return token.id }
    return model.id(ofSpelling: token)
  }

  public func token(of id: Int) -> String? {
    if let token = added[id: id] { return token.content }
    return model.spelling(of: id).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// The special tokens around every text.
struct SpecialTokenTemplate: Hashable, Sendable {
  var before: [Int] = []
  var after: [Int] = []

  func begin(_ encoding: inout Encoding) {
    for id in before { encoding.append(id, 0..<0, isSpecial: true) }
  }

  func end(_ encoding: inout Encoding, at end: Int) {
    for id in after { encoding.append(id, end..<end, isSpecial: true) }
  }
}
