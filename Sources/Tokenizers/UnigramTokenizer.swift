/// The unigram tokenizer of T5, which CogVideoX reads its prompts with.
public struct UnigramTokenizer: Tokenizer {
  let model: UnigramModel
  let frontEnd: UnigramFrontEnd
  let added: AddedTokens
  let template: SpecialTokenTemplate
  let decoder: Decoder

  public let vocabularySize: Int

  /// How tokens become text again.
  struct Decoder: Hashable, Sendable {
    /// What stands for a space; nil where tokens are joined with a space between two.
    var mark: [UInt8]? = Array("▁".utf8)
    /// Which marks at the beginning of a text are left out.
    var leading = Leading.firstToken
    /// Whether pieces such as `<0x0A>` become the bytes that they are named after.
    var joinsBytes = false

    enum Leading: Hashable, Sendable {
      case nothing
      /// All of the first token (the `Metaspace` decoder).
      case firstToken
      /// One of the first token (SentencePiece with a prefix).
      case oneToken
      /// One of each token, as long as nothing else is written (SentencePiece that removes spaces).
      case everyToken
    }
  }

  init(
    model: UnigramModel, frontEnd: UnigramFrontEnd, added: [AddedToken],
    template: SpecialTokenTemplate, decoder: Decoder = Decoder()
  ) {
    self.model = model
    self.frontEnd = frontEnd
    self.added = AddedTokens(added, normalize: frontEnd.normalized)
    self.template = template
    self.decoder = decoder
    vocabularySize = max(model.pieces.count, (added.map(\.id).max() ?? -1) + 1)
  }

  public func encode(_ text: String, addSpecialTokens: Bool) -> Encoding {
    let bytes = Array(text.utf8)
    var encoding = Encoding()
    if addSpecialTokens { template.begin(&encoding) }
    added.forEachPart(
      of: bytes, normalize: frontEnd.normalized,
      token: { encoding.append($0.id, $1, isSpecial: $0.isSpecial) },
      text: { piece in
        for word in frontEnd.words(piece) {
          model.encode(word.bytes[...]) { encoding.append($0, word.origin($1)) }
        }
      })
    if addSpecialTokens { template.end(&encoding, at: bytes.count) }
    return encoding
  }

  public func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String {
    var bytes: [UInt8] = []
    var isFirst = true
    for id in ids {
      let token: [UInt8]
      if let special = added[id: id] {
        guard let form = added.decoded(special, skippingSpecial: skipSpecialTokens) else {
          continue
        }
        token = form
      } else if decoder.joinsBytes, let byte = model.byte(of: id) {
        token = [byte]
      } else if model.pieces.indices.contains(id) {
        token = model.pieces[id].bytes
      } else {
        continue
      }
      append(token, isFirst: isFirst, to: &bytes)
      isFirst = false
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Marks become spaces, or nothing.
  private func append(_ token: [UInt8], isFirst: Bool, to bytes: inout [UInt8]) {
    guard let mark = decoder.mark else {
      if !isFirst { bytes.append(UInt8(ascii: " ")) }
      bytes.append(contentsOf: token)
      return
    }
    var position = 0
    let dropsAll = isFirst && decoder.leading == .firstToken
    let dropsOne =
      decoder.leading == .everyToken && bytes.isEmpty || decoder.leading == .oneToken && isFirst
    if dropsOne, token.starts(with: mark) { position = mark.count }
    while position < token.count {
      if token[position...].starts(with: mark) {
        if !dropsAll { bytes.append(UInt8(ascii: " ")) }
        position += mark.count
      } else {
        bytes.append(token[position])
        position += 1
      }
    }
  }

  public func id(of token: String) -> Int? {
    added[content: token]?.id ?? model.id(of: Array(token.utf8))
  }

  public func token(of id: Int) -> String? {
    if let token = added[id: id] { return token.content }
    guard model.pieces.indices.contains(id) else { return nil }
    return String(decoding: model.pieces[id].bytes, as: UTF8.self)
  }
}
