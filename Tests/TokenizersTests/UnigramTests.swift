import Testing
import Tokenizers

@Suite(.enabled(if: SharedTokenizers.areThere, SharedTokenizers.absent))
struct UnigramTests {
  @Test func specialTokens() throws {
    let tokenizer = try SharedTokenizers.t5.get()
    #expect(tokenizer.encode("").ids == [1])
    #expect(tokenizer.encode("", addSpecialTokens: false).ids == [])
    let encoding = tokenizer.encode("a</s>x <extra_id_0> y")
    #expect(encoding.ids == [3, 9, 1, 226, 32099, 3, 63, 1])
    #expect(encoding.isSpecial == [false, false, true, false, true, false, false, true])
    #expect(tokenizer.vocabularySize == 32100)
    #expect(tokenizer.id(of: "▁the") == 8)
    #expect(tokenizer.token(of: 32099) == "<extra_id_0>")
  }

  /// Each part between special tokens begins with a mark here, as in the slow tokenizer.
  @Test func specialTokensWithPieces() throws {
    let tokenizer = try SharedTokenizers.t5Pieces.get()
    #expect(
      tokenizer.encode("a</s>x <extra_id_0> y").ids == [3, 9, 1, 3, 226, 32099, 3, 63, 1])
    #expect(tokenizer.vocabularySize == 32100)
    #expect(tokenizer.id(of: "<extra_id_99>") == 32000)
  }

  @Test func spans() throws {
    for result in [SharedTokenizers.t5, SharedTokenizers.t5Pieces.map { $0 as any Tokenizer }] {
      let encoding = try result.get().encode("Hello  world ½")
      #expect(encoding.ids == [8774, 296, 209, 2, 357, 1])
      #expect(encoding.spans[0] == 0..<5)
      #expect(encoding.spans[1].upperBound == 12)
      #expect(encoding.spans[3] == 13..<15)
      #expect(encoding.spans[5] == 15..<15)
    }
  }

  /// A character that normalisation deletes does not keep the next one from beginning the text.
  @Test(arguments: [
    ("\u{1}x", [3, 226, 1]), ("\u{B}VIII", [27936, 1]), (" \u{1}x", [3, 226, 1]),
    ("</s>\u{1}x", [1, 226, 1]), ("\u{200B}x", [3, 226, 1]),
    ("\u{1}\u{2}x y", [3, 226, 3, 63, 1]), ("\u{1}", [1]),
  ])
  func deletedCharacters(text: String, ids: [Int]) throws {
    #expect(try SharedTokenizers.t5.get().encode(text).ids == ids)
  }

  /// Ways to cut these texts tie but for the last bits of the scores, and those are the library's.
  @Test(arguments: [
    ("-", 7, [14817, 14817, 18]), ("-", 10, [14817, 14817, 18, 14817]),
    ("-", 19, [14817, 14817, 18, 14817, 14817, 14817, 14817]),
    ("_", 18, [834, 834, 834, 22319, 22319, 834]),
    (
      "_", 53,
      [834, 834, 834, 22319, 22319, 834, 22319, 22319, 22319, 22319, 22319]
    ),
    ("g", 49, [4102, 4102, 122] + Array(repeating: 4102, count: 22)),
  ])
  func tiesGoAsInTheLibrary(character: String, count: Int, ids: [Int]) throws {
    let text = String(repeating: character, count: count)
    #expect(try SharedTokenizers.t5.get().encode(text).ids == [3] + ids + [1])
  }

  @Test func unknownTextIsOneToken() throws {
    let encoding = try SharedTokenizers.t5.get().encode("日本語 x")
    #expect(encoding.ids == [3, 2, 3, 226, 1])
    #expect(encoding.spans[1] == 0..<9)
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["a", " ", "日", "½ ", "ab ", "<"])
  func longTextsTakeLinearTime(_ unit: String) throws {
    let text = String(repeating: unit, count: 300_000)
    for result in [SharedTokenizers.t5, SharedTokenizers.t5Pieces.map { $0 as any Tokenizer }] {
      let encoding = try result.get().encode(text)
      #expect(encoding.ids.last == 1)
    }
  }
}

extension UnigramTests {
  /// Marks at the beginning of a text are left out as long as nothing else is written, as the
  /// reference does (transformers 4.48.3 and sentencepiece 0.2.3).
  @Test(arguments: [
    ([3, 3, 956, 755], "Z5"), ([3, 956, 755], "Z5"), ([3, 3], ""), ([3, 3, 3, 8], "the"),
    ([3, 8774, 3, 3, 956], "Hello  Z"), ([956, 755, 3, 8774], "Z5  Hello"),
  ])
  func loneMarksAtTheBeginning(_ ids: [Int], _ text: String) throws {
    #expect(try SharedTokenizers.t5Pieces.get().decode(ids, skipSpecialTokens: false) == text)
  }
}
