import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers

/// Token ids published with other implementations.
@Suite(.enabled(if: SharedTokenizers.areThere, SharedTokenizers.absent))
struct PublishedTests {
  private func cases(_ name: String) throws -> [JSONNode] {
    try JSONNode(contentsOfFile: SharedData.path("data/vectors/\(name)")).objects("cases")
  }

  @Test func qwen2() throws {
    let tokenizer = try SharedTokenizers.qwen2.get()
    let cases = try cases("qwen2_published.json")
    #expect(cases.count == 49)
    for entry in cases {
      let text = try entry.string("text")
      #expect(try tokenizer.encode(text).ids == entry.ints("ids"), "\(text)")
    }
  }

  @Test func qwen2WithLineEndsOfTheOtherKind() throws {
    let folder = SharedData.path(SharedTokenizers.qwenFolder)
    let tokenizer = try TokenizerLoader.loadBytePair(
      vocabulary: "\(folder)/vocab.json", merges: "\(folder)/merges_crlf.txt")
    let reference = try SharedTokenizers.qwen2.get()
    for entry in try cases("qwen2_published.json") {
      let text = try entry.string("text")
      #expect(tokenizer.encode(text).ids == reference.encode(text).ids)
    }
  }

  @Test func qwen2TextFiles() throws {
    let tokenizer = try SharedTokenizers.qwen2.get()
    let folder = SharedData.path(SharedTokenizers.qwenFolder)
    func parts(_ name: String, _ separator: String) throws -> [String] {
      let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
      return Array(text.components(separatedBy: separator).dropLast())
    }
    let texts = try parts("ggml-vocab-qwen2.gguf.inp", "\n__ggml_vocab_test__\n")
    let expected = try parts("ggml-vocab-qwen2.gguf.out", "\n").map { line in
      line.split(separator: " ").compactMap { Int($0) }
    }
    #expect(texts.count == 46)
    #expect(expected.count == 46)
    for (text, ids) in zip(texts, expected) {
      #expect(tokenizer.encode(text).ids == ids, "\(text)")
    }
  }

  @Test func t5() throws {
    let cases = try cases("t5_published.json")
    #expect(cases.count == 7)
    for entry in cases {
      let text = try entry.string("text")
      let ids = try entry.ints("ids")
      #expect(try SharedTokenizers.t5.get().encode(text).ids == ids, "\(text)")
      #expect(try SharedTokenizers.t5Pieces.get().encode(text).ids == ids, "\(text)")
    }
  }

  @Test func t5Decoding() throws {
    let tokenizer = try SharedTokenizers.t5.get()
    let node = try JSONNode(
      contentsOfFile: SharedData.path("\(SharedTokenizers.t5Folder)/t5_base_encoded.json"))
    let ids = try node.ints("token_ids")
    let text = try node.string("decoded_text")
    #expect(tokenizer.decode(ids) == text)
    #expect(tokenizer.decode(ids, skipSpecialTokens: true) + "</s>" == text)
  }

  @Test func smallSentencePieceModel() throws {
    let model = SharedData.path("data/tokenizers/sentencepiece_small/test_model.model")
    let tokenizer = try TokenizerLoader.loadSentencePiece(model: model)
    #expect(tokenizer.encode("This is a test").ids == [284, 47, 11, 4, 15, 400])
    #expect(tokenizer.vocabularySize == 1000)
  }
}
