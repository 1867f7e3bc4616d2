import Foundation
import JSON
import Testing
import Tokenizers

/// Small random tokenizers in every layout against the reference libraries, on the fixture of
/// Tests/Reference/small_tokenizers.py.
struct SmallTokenizerTests {
  static let cases = Result {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Fixtures/small.json").path(percentEncoded: false)
    return try JSONNode(contentsOfFile: file).asArray()
  }

  private func tokenizer(_ entry: JSONNode) throws -> any Tokenizer {
    let folder = try ScratchFolder()
    let files = try entry.object("files")
    for name in try files.keys() {
      let data = try #require(Data(base64Encoded: files.string(name)))
      try data.write(to: URL(filePath: "\(folder.path)/\(name)"))
    }
    return try TokenizerLoader.load(directory: folder.path)
  }

  @Test(arguments: 0..<10)
  func idsAndTextsAreThoseOfTheReference(_ index: Int) throws {
    let entry = try Self.cases.get()[index]
    let tokenizer = try tokenizer(entry)
    let texts = try entry.strings("texts")
    let ids = try entry.array("ids").map { try $0.asArray().map { try $0.asInt() } }
    #expect(texts.count > 10)
    for (text, expected) in zip(texts, ids) {
      let encoding = tokenizer.encode(text)
      #expect(encoding.ids == expected, "\(text.debugDescription)")
      #expect(encoding.spans.count == expected.count)
      #expect(encoding.spans.allSatisfy { $0.upperBound <= text.utf8.count })
    }
    for (key, skips) in [("decoded", false), ("without_special", true)]
    where try entry.find(key) != nil {
      for (ids, expected) in zip(ids, try entry.strings(key)) {
        let found = tokenizer.decode(ids, skipSpecialTokens: skips)
        // Strings that are canonically equal are not equal here.
        #expect(Array(found.utf8) == Array(expected.utf8), "\(ids)")
      }
    }
  }

  @Test func theFixtureHasTenCases() throws { #expect(try Self.cases.get().count == 10) }
}
