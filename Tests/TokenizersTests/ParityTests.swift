import Foundation
import JSON
import Testing
import Tokenizers

/// Random multilingual texts against the reference libraries (see Fixtures/make_parity.py).
/// `MEREPL_PARITY` may name another, larger file made by the same script.
@Suite(.enabled(if: SharedTokenizers.areThere, SharedTokenizers.absent))
struct ParityTests {
  static let fixture = Result {
    let file =
      ProcessInfo.processInfo.environment["MEREPL_PARITY"]
      ?? URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/parity.json").path(percentEncoded: false)
    return try JSONNode(contentsOfFile: file)
  }

  private func compare(_ key: String, _ tokenizer: any Tokenizer, special: Bool) throws {
    let fixture = try Self.fixture.get()
    var wrong = 0
    for (text, expected) in try zip(fixture.strings("texts"), fixture.array(key)) {
      let ids = tokenizer.encode(text, addSpecialTokens: special).ids
      if try ids != expected.asArray().map({ try $0.asInt() }) {
        wrong += 1
        if wrong <= 5 {
          Issue.record("\(text.debugDescription) gives \(ids), expected \(expected.value)")
        }
      }
    }
    #expect(wrong == 0)
  }

  @Test func qwen2() throws {
    try compare("qwen2", SharedTokenizers.qwen2.get(), special: true)
  }

  @Test func t5() throws { try compare("t5", SharedTokenizers.t5.get(), special: true) }

  @Test func sentencePiece() throws {
    let model = try TokenizerLoader.loadSentencePiece(
      model: SharedTokenizers.piecesPath)
    try compare("spiece", model, special: false)
  }

  /// Spans cover the text without overlap, and what a token says is what stands there.
  @Test func qwen2SpansCoverTheText() throws {
    let tokenizer = try SharedTokenizers.qwen2.get()
    for text in try Self.fixture.get().strings("texts").prefix(500) {
      let bytes = Array(text.utf8)
      let isComposed =
        Array(text.precomposedStringWithCanonicalMapping.utf8) == bytes
      let encoding = tokenizer.encode(text)
      #expect(encoding.ids.count == encoding.spans.count)
      #expect(encoding.ids.count == encoding.isSpecial.count)
      if isComposed {
        #expect(encoding.spans.flatMap(Array.init) == Array(bytes.indices))
        #expect(tokenizer.decode(encoding.ids) == text)
      } else {
        #expect(Set(encoding.spans.flatMap(Array.init)) == Set(bytes.indices))
      }
    }
  }

  @Test func t5SpansStayInTheText() throws {
    for result in [SharedTokenizers.t5, SharedTokenizers.t5Pieces.map { $0 as any Tokenizer }] {
      let tokenizer = try result.get()
      for text in try Self.fixture.get().strings("texts").prefix(500) {
        let spans = tokenizer.encode(text).spans
        #expect(spans.allSatisfy { $0.upperBound <= text.utf8.count })
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.lowerBound <= $1.lowerBound })
      }
    }
  }
}
