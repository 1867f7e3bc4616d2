import Foundation
import Testing
import Tokenizers

@Suite struct MiniVocabularyTests {
  let words = [
    "the", "then", "path", "haha", "red", "ball", "bounces", "Größe", "don't", "a", "red",
  ]

  @Test func everyWordIsOneToken() throws {
    let tokenizer = try MiniVocabulary(words: words).bytePairTokenizer()
    for word in words where word != "don't" {
      #expect(tokenizer.encode(word).count == 1, "\(word)")
      #expect(tokenizer.encode(" " + word).count == 1, "\(word)")
    }
    #expect(tokenizer.encode(" don't").count == 2)
    #expect(tokenizer.encode("the red ball bounces").count == 4)
    for text in ["anything 日本 at all\n", "<|im_start|>user", "\u{0}\u{7f}"] {
      #expect(tokenizer.decode(tokenizer.encode(text).ids) == text)
    }
    let specials = MiniVocabulary.specialTokens.compactMap { tokenizer.id(of: $0) }
    let first = try #require(specials.first)
    #expect(specials == Array(first..<first + 7))
    #expect(tokenizer.vocabularySize == first + 7)
  }

  @Test func filesGiveTheSameTokenizer() throws {
    let folder = try ScratchFolder()
    let vocabulary = MiniVocabulary(words: words)
    try vocabulary.writeBytePair(to: folder.path)
    let fromFiles = try TokenizerLoader.load(directory: folder.path)
    let fromMemory = try vocabulary.bytePairTokenizer()
    let text = "<|im_start|>the path, then haha 12 Größe!<|im_end|>"
    #expect(fromFiles.encode(text) == fromMemory.encode(text))
    #expect(fromFiles.encode(text).ids.count == 12)
  }

  @Test func unigram() throws {
    let folder = try ScratchFolder()
    try MiniVocabulary(words: words).writeUnigram(to: folder.path)
    let tokenizer = try TokenizerLoader.load(directory: folder.path)
    // <pad> </s> <unk> ▁ ▁the ▁then ▁path ▁haha ▁red ▁ball ▁bounces ...
    let encoding = tokenizer.encode("the red  ball bounces.")
    #expect(encoding.ids.prefix(4) == [4, 8, 9, 10])
    #expect(tokenizer.token(of: encoding.ids[4]) == ".")
    #expect(encoding.ids.last == 1)
    #expect(encoding.ids.count == 6)
    #expect(encoding.spans.prefix(4) == [0..<3, 4..<7, 9..<13, 14..<21])
    #expect(tokenizer.decode(encoding.ids, skipSpecialTokens: true) == "the red ball bounces.")
    let fromMemory = try MiniVocabulary(words: words).unigramTokenizer()
    #expect(fromMemory.encode("the red, ball") == tokenizer.encode("the red, ball"))
    #expect(tokenizer.encode("日").ids == [3, 2, 1])
    #expect(tokenizer.encode("<pad>").ids == [0, 1])
    #expect(tokenizer.decode(tokenizer.encode("reds").ids, skipSpecialTokens: true) == "reds")
  }

  @Test func sameWordsSameBytes() throws {
    let (one, two) = (try ScratchFolder(), try ScratchFolder())
    for folder in [one, two] {
      try MiniVocabulary(words: words).writeBytePair(to: folder.path)
      try MiniVocabulary(words: words).writeUnigram(to: folder.path)
    }
    for name in ["vocab.json", "merges.txt", "tokenizer.json", "tokenizer_config.json"] {
      let bytes = try [one, two].map { try Data(contentsOf: URL(filePath: "\($0.path)/\(name)")) }
      #expect(bytes[0] == bytes[1])
    }
  }
}
