/// The unigram tokenizer of T5, which CogVideoX reads its prompts with.
public struct UnigramTokenizer: Tokenizer {
  let model: UnigramModel
  let frontEnd: UnigramFrontEnd
  let added: AddedTokens
  let template: SpecialTokenTemplate

  public let vocabularySize: Int

  private static let mark = Array("▁".utf8)

  init(
    model: UnigramModel, frontEnd: UnigramFrontEnd, added: AddedTokens,
    template: SpecialTokenTemplate
  ) {
    self.model = model
    self.frontEnd = frontEnd
    self.added = added
    self.template = template
    vocabularySize = max(model.pieces.count, (added.tokens.map(\.id).max() ?? -1) + 1)
  }

  public func encode(_ text: String, addSpecialTokens: Bool) -> Encoding {
    var text = text
    return text.withUTF8 { bytes in
      var encoding = Encoding()
      if addSpecialTokens { template.begin(&encoding) }
      for part in added.split(bytes) {
        switch part {
        case .token(let token, let range):
          encoding.append(token.id, range, isSpecial: token.isSpecial)
        case .text(let range):
          for word in frontEnd.words(AlignedText(bytes, range: range)) {
            model.encode(word.bytes[...]) { id, range in
              encoding.append(id, word.origin(range))
            }
          }
        }
      }
      if addSpecialTokens { template.end(&encoding, at: bytes.count) }
      return encoding
    }
  }

  /// Marks become spaces, those of the first token nothing.
  public func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String {
    var bytes: [UInt8] = []
    var isFirst = true
    for id in ids {
      let token: [UInt8]
      if let special = added[id: id] {
        if skipSpecialTokens && special.isSpecial { continue }
        token = Array(special.content.utf8)
      } else if let byte = model.byte(of: id) {
        token = [byte]
      } else if model.pieces.indices.contains(id) {
        token = model.pieces[id].bytes
      } else {
        continue
      }
      var position = 0
      while position < token.count {
        if token[position...].starts(with: Self.mark) {
          if !isFirst { bytes.append(UInt8(ascii: " ")) }
          position += Self.mark.count
        } else {
          bytes.append(token[position])
          position += 1
        }
      }
      isFirst = false
    }
    return String(decoding: bytes, as: UTF8.self)
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
