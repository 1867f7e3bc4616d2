import Foundation
import Testing
import Tokenizers

@Suite struct LoaderTests {
  private let qwenPattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+"#
    + #"[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"#

  private func bytePair(
    pattern: String? = nil, merges: String = #"["a b", ["ab", "c"]]"#, extra: String = ""
  ) -> String {
    #"""
    {"added_tokens": [{"id": 5, "content": "<x>", "special": true, "lstrip": true}],
     "normalizer": {"type": "NFC"},
     "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
       {"type": "Split", "pattern": {"Regex": "\#(pattern ?? qwenPattern)"},
        "behavior": "Isolated", "invert": false},
       {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
     "model": {"type": "BPE", \#(extra)
       "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, "Ġ": 6}, "merges": \#(merges)}}
    """#
  }

  private func load(_ text: String) throws -> any Tokenizer {
    let folder = try ScratchFolder()
    try folder.write("tokenizer.json", text)
    return try TokenizerLoader.load(directory: folder.path)
  }

  private func message(_ text: String) -> String {
    do {
      _ = try load(text)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func bytePairFile() throws {
    let tokenizer = try load(bytePair())
    #expect(tokenizer.encode("abcab").ids == [4, 3])
    #expect(tokenizer.encode("ab <x>c").ids == [3, 5, 2])
    #expect(tokenizer.encode("ab <x>c").spans == [0..<2, 2..<6, 6..<7])
    #expect(tokenizer.encode("acz").ids == [0, 2])
    #expect(tokenizer.vocabularySize == 7)
    #expect(try load(bytePair(extra: #""ignore_merges": true,"#)).encode("abc").ids == [4])
  }

  @Test func whatIsNotSupportedIsRefused() {
    #expect(message(bytePair(pattern: "x")).contains("a pattern other than Qwen2's"))
    #expect(message(bytePair(extra: #""byte_fallback": true,"#)).contains("byte_fallback"))
    #expect(message(#"{"model": {"type": "WordPiece"}}"#).contains("model type WordPiece"))
    #expect(
      message(
        #"{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0]]},"#
          + #""normalizer": {"type": "Lowercase"}}"#
      ).contains("normalizer Lowercase"))
  }

  @Test func brokenFilesSayWhatIsWrong() {
    #expect(message(#"{"model": 5, "x": 1}"#).contains("not a tokenizer.json"))
    #expect(
      message(bytePair(merges: #"["a c"]"#)).contains(
        "merge 1, \"a c\": a part or the result \"ac\"")
    )
    #expect(message(bytePair(merges: #"["abc"]"#)).contains("merge 1 is not a pair"))
    #expect(message("{").contains("not valid JSON"))
    #expect(
      message(#"{"model": {"type": "Unigram", "unk_id": 3, "vocab": [["a", 0]]}}"#)
        .contains("unk_id 3 is not a piece"))
  }

  @Test func emptyFolder() throws {
    let folder = try ScratchFolder()
    #expect(throws: TokenizerError.noFiles(directory: folder.path)) {
      try TokenizerLoader.load(directory: folder.path)
    }
  }

  /// Pieces <unk>, ▁ and a; U+0001 is deleted, spaces are kept.
  @Test func aTextThatIsDeletedLeavesItsPrefix() throws {
    let folder = try ScratchFolder()
    let model =
      "Cg4KBTx1bms+FQAAAAAYAgoMCgPiloEVAACAvxgBCgoKAWEVAAAAwBgBEgIYARowCgF4EiUgAAAAAAgA"
      + "AAAAAAAAAAAAAREAAAAAAAAAAAAAAAAAAAAAAIAAGAEgACgB"
    try #require(Data(base64Encoded: model))
      .write(to: URL(filePath: "\(folder.path)/spiece.model"))
    let tokenizer = try TokenizerLoader.loadSentencePiece(model: "\(folder.path)/spiece.model")
    #expect(tokenizer.encode("").ids == [])
    #expect(tokenizer.encode("\u{1}").ids == [1])
    #expect(tokenizer.encode("\u{1}a").ids == [1, 2])
    #expect(tokenizer.encode("\u{1}a").spans == [0..<0, 1..<2])
    #expect(tokenizer.encode(" \u{1}a").ids == [1, 1, 2])
  }

  @Test func brokenSentencePieceModel() throws {
    let folder = try ScratchFolder()
    for text in ["", "not protobuf", "\n\u{7F}x"] {
      try folder.write("spiece.model", text)
      #expect(throws: TokenizerError.self) { try TokenizerLoader.load(directory: folder.path) }
    }
  }

  @Test func unigramWithBytes() throws {
    let bytes = (0..<256).map { byte -> String in
      let digits = String(byte, radix: 16, uppercase: true)
      return "[\"<0x\(digits.count == 1 ? "0" : "")\(digits)>\", 0]"
    }
    let tokenizer = try load(
      #"""
      {"model": {"type": "Unigram", "unk_id": 0, "byte_fallback": true,
        "vocab": [["<unk>", 0], ["▁", -2], ["▁a", -1], \#(bytes.joined(separator: ","))]},
       "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}}
      """#)
    // The file names no decoder: tokens are joined with spaces, as they are spelled.
    #expect(tokenizer.encode("a é").ids == [2, 1, 3 + 0xC3, 3 + 0xA9])
    #expect(tokenizer.decode([2, 1, 3 + 0xC3, 3 + 0xA9]) == "▁a ▁ <0xC3> <0xA9>")
  }
}
