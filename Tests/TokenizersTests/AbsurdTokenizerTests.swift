import Foundation
import TestSupport
import Testing
import Tokenizers

/// Files of tokenizers with numbers and texts that nobody means.
@Suite struct AbsurdTokenizerTests {
  private func unigram(
    id: String = "9", content: String = "<x>", piece: String = "b", normalizer: String = "null",
    mark: String = "▁"
  ) -> String {
    """
    {"added_tokens": [{"id": \(id), "content": "\(content)", "special": true}],
     "normalizer": \(normalizer),
     "pre_tokenizer": {"type": "Metaspace", "replacement": "\(mark)", "prepend_scheme": "always"},
     "decoder": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"},
     "model": {"type": "Unigram", "unk_id": 0,
       "vocab": [["<unk>", 0], ["▁", -1], ["a", -2], ["\(piece)", -3]]}}
    """
  }

  private func load(_ text: String, _ more: [String: String] = [:]) throws -> any Tokenizer {
    let folder = try ScratchFolder()
    try folder.write("tokenizer.json", text)
    for (name, text) in more { try folder.write(name, text) }
    return try TokenizerLoader.load(directory: folder.path)
  }

  private func message(_ text: String, _ more: [String: String] = [:]) -> String {
    do {
      _ = try load(text, more)
      return "no error"
    } catch { return "\(error)" }
  }

  @Test func good() throws { #expect(try load(unigram()).encode("a<x>").ids == [1, 2, 9]) }

  @Test(arguments: ["9223372036854775807", "-1", "2147483647", "1e308"])
  func ids(_ id: String) {
    #expect(message(unigram(id: id)).contains("added_tokens[0]"), "\(message(unigram(id: id)))")
    let other = #"{"added_tokens_decoder": {"\#(id)": {"content": "<y>"}}}"#
    #expect(message(unigram(), ["tokenizer_config.json": other]).contains("is not a token id"))
    let added = #"{"<y>": \#(id)}"#
    #expect(message(unigram(), ["added_tokens.json": added]).contains("<y>"))
  }

  /// At every place of a text as many bytes are compared as the longest of them has.
  @Test func longPieces() {
    let long = String(repeating: "a", count: 1_000_000)
    for text in [
      unigram(piece: long), unigram(content: long), unigram(mark: long),
      unigram(
        normalizer: #"{"type": "Replace", "pattern": {"String": "\#(long)"}, "content": ""}"#),
      unigram(
        normalizer: #"{"type": "Replace", "pattern": {"String": "a"}, "content": "\#(long)"}"#),
    ] { #expect(message(text).contains("at most 1024 bytes of text")) }
  }

  @Test func replacementsThatGrow() {
    let step =
      #"{"type": "Replace", "pattern": {"String": "a"}, "content": "\#(String(repeating: "a", count: 100))"}"#
    let steps = Array(repeating: step, count: 3).joined(separator: ", ")
    let text = unigram(normalizer: #"{"type": "Sequence", "normalizers": [\#(steps)]}"#)
    #expect(message(text).contains("times longer"))
  }

  /// Each of many tokens takes the white space around it, all of which is one run.
  @Test func manyTokensInALongSpace() throws {
    let text = unigram(content: "  ").replacing(
      #""special": true"#, with: #""special": true, "lstrip": true, "rstrip": true"#)
    let tokenizer = try load(text)
    let started = processorTime()
    #expect(tokenizer.encode(String(repeating: " ", count: 300_001)).ids == [9])
    #expect(processorTime() - started < 10)
  }

  @Test func aLongLineOfALongPiece() throws {
    let tokenizer = try load(unigram(piece: String(repeating: "a", count: 1000)))
    let started = processorTime()
    let ids = tokenizer.encode(String(repeating: "a", count: 300_000)).ids
    #expect(ids.count == 301)
    #expect(processorTime() - started < 10)
  }
}
