import Foundation
import Testing
import Tokenizers

@Suite(.enabled(if: SharedTokenizers.areThere, SharedTokenizers.absent))
struct BytePairTests {
  private func tokenizer() throws -> any Tokenizer { try SharedTokenizers.qwen2.get() }

  @Test func specialTokens() throws {
    let tokenizer = try tokenizer()
    let text = "<|im_start|>user\nhi<|im_end|>"
    let encoding = tokenizer.encode(text)
    #expect(encoding.ids == [151_644, 872, 198, 6023, 151_645])
    #expect(encoding.isSpecial == [true, false, false, false, true])
    #expect(encoding.spans == [0..<12, 12..<16, 16..<17, 17..<19, 19..<29])
    #expect(tokenizer.decode(encoding.ids) == text)
    #expect(tokenizer.decode(encoding.ids, skipSpecialTokens: true) == "user\nhi")
    #expect(tokenizer.id(of: "<|im_end|>") == 151_645)
    #expect(tokenizer.token(of: 151_645) == "<|im_end|>")
    #expect(tokenizer.id(of: "Ġworld") == 1879)
    #expect(tokenizer.token(of: 1879) == "Ġworld")
    #expect(tokenizer.id(of: "no such token") == nil)
    #expect(tokenizer.vocabularySize == 151_646)
  }

  @Test func spansOfChangedCharacters() throws {
    // "e" and a combining accent become one character, whose tokens cover both.
    let encoding = try tokenizer().encode("xe\u{301} y")
    #expect(encoding.spans.first?.lowerBound == 0)
    #expect(encoding.spans.last == 4..<6)
    #expect(try encoding.ids == tokenizer().encode("x\u{e9} y").ids)
  }

  @Test func brokenBytes() throws {
    // The tokens of this character hold a part of its bytes each.
    let ids = [11162, 99, 247]
    #expect(try tokenizer().encode(" 🦙").ids == ids)
    #expect(try tokenizer().decode(Array(ids.dropLast())) == " \u{FFFD}")
    #expect(try tokenizer().decode([-1, 9_999_999]) == "")
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["a", " ", "\n ", "!", "é", "e\u{301}", "ab ", "<"])
  func longTextsTakeLinearTime(_ unit: String) throws {
    let text = String(repeating: unit, count: 300_000)
    let tokenizer = try tokenizer()
    let ids = tokenizer.encode(text).ids
    #expect(
      tokenizer.decode(ids).utf8.count == text.precomposedStringWithCanonicalMapping.utf8.count)
  }
}
