/// The byte-level BPE of Qwen2, Qwen2.5-VL and InternVL3: any text in, the same text out (in
/// composed form), no unknown token.
public struct BytePairTokenizer: Tokenizer {
  let model: BytePairModel
  let added: AddedTokens
  /// Whether text is brought into composed form (NFC) first.
  let composes: Bool
  /// Ids put before and after every text on request.
  let template: SpecialTokenTemplate

  public let vocabularySize: Int

  init(
    model: BytePairModel, added: AddedTokens, composes: Bool = true,
    template: SpecialTokenTemplate = SpecialTokenTemplate()
  ) {
    self.model = model
    self.added = added
    self.composes = composes
    self.template = template
    vocabularySize = max(model.bytesOfID.count, (added.tokens.map(\.id).max() ?? -1) + 1)
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
          append(AlignedText(bytes, range: range), to: &encoding)
        }
      }
      if addSpecialTokens { template.end(&encoding, at: bytes.count) }
      return encoding
    }
  }

  private func append(_ text: AlignedText, to encoding: inout Encoding) {
    let text = composes ? text.composed() : text
    for word in QwenWordSplitter.split(text.bytes) {
      model.encode(text.bytes[word]) { id, range in
        encoding.append(id, text.origin(range))
      }
    }
  }

  public func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String {
    var bytes: [UInt8] = []
    for id in ids {
      if let token = added[id: id] {
        if !(skipSpecialTokens && token.isSpecial) { bytes.append(contentsOf: token.content.utf8) }
      } else if model.bytesOfID.indices.contains(id), let token = model.bytesOfID[id] {
        bytes.append(contentsOf: token)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  public func id(of token: String) -> Int? {
    if let token = added[content: token] { return token.id }
    return ByteAlphabet.bytes(of: token).flatMap { model.id(of: $0) }
  }

  public func token(of id: Int) -> String? {
    if let token = added[id: id] { return token.content }
    guard model.bytesOfID.indices.contains(id) else { return nil }
    return model.bytesOfID[id].map { ByteAlphabet.token(of: $0) }
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
