import Foundation
import Testing
import Tokenizers

/// Unicode's composed form as the `tokenizers` library makes it, seen through a tokenizer whose
/// tokens are the bytes.
@Suite struct CompositionTests {
  private let tokenizer: any Tokenizer

  init() throws {
    let isPlain = { byte in (33...126).contains(byte) || (161...255).contains(byte) && byte != 173 }
    let others = (0...255).filter { !isPlain($0) }
    let letters = (0...255).map { byte in
      String(UnicodeScalar(UInt32(others.firstIndex(of: byte).map { 256 + $0 } ?? byte))!)
    }
    var ids = Dictionary(uniqueKeysWithValues: letters.enumerated().map { ($1, $0) })
    ids["x\u{F0}"] = 259
    let vocabulary = try JSONEncoder().encode(ids)
    let folder = try ScratchFolder()
    try folder.write(
      "tokenizer.json",
      """
      {"normalizer": {"type": "NFC"}, "decoder": {"type": "ByteLevel"},
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
       "added_tokens": [
         {"id": 256, "content": "\\t", "lstrip": true, "rstrip": true, "normalized": false},
         {"id": 257, "content": "\u{a0}", "lstrip": true, "rstrip": true, "normalized": false},
         {"id": 258, "content": "  ", "lstrip": true, "rstrip": true, "normalized": false}],
       "model": {"type": "BPE", "merges": ["x \u{F0}"],
         "vocab": \(String(decoding: vocabulary, as: UTF8.self))}}
      """)
    tokenizer = try TokenizerLoader.load(directory: folder.path)
  }

  private func composed(_ text: String) -> [UInt8] {
    tokenizer.encode(text).ids.map { UInt8($0) }
  }

  @Test(arguments: [
    ("e\u{301}\u{323}", "\u{1EB9}\u{301}"), ("q\u{307}\u{323}", "q\u{323}\u{307}"),
    ("\u{344}", "\u{308}\u{301}"), ("\u{2126}", "\u{3A9}"),
    ("\u{1100}\u{1161}\u{11A8}", "\u{AC01}"),
    ("\u{928}\u{93C}", "\u{929}"), ("\u{F73}\u{F71}", "\u{F71}\u{F71}\u{F72}"),
    ("\u{11099}\u{110BA}", "\u{1109A}"), ("\u{1D15E}", "\u{1D157}\u{1D165}"),
    // The lower 16 bits of the first are "A".
    ("\u{E0041}\u{301}", "\u{E0041}\u{301}"),
    // Younger than the library's tables.
    ("\u{11935}\u{11930}", "\u{11935}\u{11930}"), ("a\u{8D3}\u{334}", "a\u{8D3}\u{334}"),
  ])
  func charactersAndMarks(text: String, expected: String) {
    #expect(composed(text) == Array(expected.utf8))
  }

  /// Every character before and between marks; the sum is that of the library's own output.
  @Test func everyCharacter() {
    var sum: UInt64 = 0xCBF2_9CE4_8422_2325
    for code in [0..<0x20000, 0x2F800..<0x2FA20].joined() {
      guard code != 10, code != 9, code != 0xA0, let scalar = Unicode.Scalar(UInt32(code)) else {
        continue
      }
      for byte in composed("\(scalar)\u{301}\na\u{323}\u{301}\(scalar)\u{334}\n") {
        sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3
      }
    }
    #expect(sum == 0xC7C8_E3EB_C03F_E2AD)
  }

  @Test func spansAreThoseOfTheCharactersThatCompose() {
    let encoding = tokenizer.encode("x\u{E0041}\u{301}e\u{301}y\u{301}\u{323}z")
    // x, four bytes and two as they are, é, ỵ with an accent, z.
    let wholes = [7..<10, 10..<15, 15..<16]
    #expect(encoding.spans.prefix(7).elementsEqual((0..<7).map { $0..<$0 + 1 }))
    #expect(Set(encoding.spans.dropFirst(7)) == Set(wholes))
    // The letter stays where it is, its marks change places.
    #expect(
      tokenizer.encode("q\u{307}\u{323}").spans == [0..<1] + Array(repeating: 1..<5, count: 4))
  }

  /// A letter of Unicode 17 is none to the library, so that it does not belong to the word.
  @Test func lettersAreThoseOfUnicode16() {
    #expect(tokenizer.encode("x\u{20000}").ids == [259, 0xA0, 0x80, 0x80])
    #expect(tokenizer.encode("x\u{323B0}").ids == [0x78, 0xF0, 0xB2, 0x8E, 0xB0])
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "\u{301}\u{323}", "\u{344}", "\u{323}\u{9BE}\u{301}\u{323}", "\u{1161}", "\u{94D}\u{915}",
    ])
  func longRunsOfMarksTakeLinearTime(_ unit: String) {
    let text = "a" + String(repeating: unit, count: 200_000)
    #expect(composed(text).count > 200_000)
  }

  @Test func whiteSpaceThatIsATokenIsTakenOnce() {
    #expect(tokenizer.encode("\t\t\t").ids == [256])
    #expect(tokenizer.encode("a\t \t\tb\t").ids == [97, 256, 98, 256])
    #expect(tokenizer.encode("a\t \t\tb\t").spans == [0..<1, 1..<5, 5..<6, 6..<7])
    #expect(tokenizer.encode("\u{a0}\u{a0} \u{a0}").ids == [257])
    #expect(tokenizer.encode("a      b").ids == [97, 258, 98])
  }
}
