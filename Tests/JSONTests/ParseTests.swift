import Foundation
import JSON
import Testing

@Suite struct ParseTests {
  @Test func values() throws {
    let value = try JSONValue(
      parsing: #" {"a": [1, -2, 1.5, 1e3, true, false, null], "b": {"c": "d"}, "a2": ""} "#)
    #expect(
      value == [
        "a": [1, -2, 1.5, 1000.0, true, false, nil], "b": ["c": "d"], "a2": "",
      ])
    #expect(try value.keys() == ["a", "b", "a2"])
  }

  @Test func lastDuplicateWinsInTheFirstPlace() throws {
    let value = try JSONValue(parsing: #"{"a": 1, "b": 2, "a": 3}"#)
    #expect(try value.keys() == ["a", "b"])
    #expect(value["a"] == 3)
  }

  @Test func integersAtTheBorder() throws {
    #expect(try JSONValue(parsing: "9223372036854775807") == .int(.max))
    #expect(try JSONValue(parsing: "-9223372036854775808") == .int(.min))
    #expect(try JSONValue(parsing: "9223372036854775808") == .double(9_223_372_036_854_775_808))
    #expect(try JSONValue(parsing: "-9223372036854775809") == .double(-9_223_372_036_854_775_808))
    #expect(try JSONValue(parsing: "18446744073709551616") == .double(18_446_744_073_709_551_616))
    let long = "1" + String(repeating: "0", count: 40)
    #expect(try JSONValue(parsing: "[\(long), 1]") == [.double(1e40), 1])
  }

  @Test func strings() throws {
    #expect(try JSONValue(parsing: #""\u0041\n\"\\\/\u00e9""#) == .string("A\n\"\\/é"))
    #expect(try JSONValue(parsing: #""\ud83d\ude00""#) == .string("😀"))
    #expect(try JSONValue(parsing: #""\ud836\uddbe \ud877\udc00""#) == "\u{1D9BE} \u{2DC00}")
    #expect(try JSONValue(parsing: #""\ud83d\ud83d\ude00""#) == .string("\u{FFFD}😀"))
    #expect(try JSONValue(parsing: #""a\ud83db""#) == .string("a\u{FFFD}b"))
    #expect(try JSONValue(parsing: "\"\u{7f}\u{2028}\"") == .string("\u{7f}\u{2028}"))
  }

  @Test func zeroCharacters() throws {
    let value = try JSONValue(parsing: #"{"k\u0000a": "x\u0000y", "k\u0000b": "\ufdd0"}"#)
    #expect(try value.keys() == ["k\0a", "k\0b"])
    #expect(value["k\0a"] == .string("x\0y"))
    let noncharacter = try #require(Unicode.Scalar(0xFDD0 as UInt32))
    #expect(value["k\0b"] == .string(String(Character(noncharacter))))
  }

  @Test func byteOrderMarkIsIgnored() throws {
    #expect(try JSONValue(parsing: "\u{FEFF}[1]") == [1])
  }

  @Test func depthLimit() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(512)) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: nested(513)) }
    #expect(throws: Never.self) { try JSONValue(parsing: nested(3), depthLimit: 3) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: nested(4), depthLimit: 3) }
  }

  @Test(arguments: [
    ("{\"a\": 1,\n \"b\": 01}", 15, 2, 7), ("[\"é\", x]", 7, 1, 7), ("[1", 2, 1, 3),
    ("\"ab\ncd\"", 3, 1, 4),
    ("[\"\\ud83d\\ude00\", 99999999999999999999 1]", 38, 1, 39),
  ])
  func errorsSayWhere(text: String, offset: Int, line: Int, column: Int) {
    let error = #expect(throws: JSONError.self) {
      try JSONValue(parsing: text, source: "t.json")
    }
    guard case .syntax(let source, let at, let row, let place, _) = error else {
      Issue.record("not a syntax error: \(String(describing: error))")
      return
    }
    #expect(source == "t.json")
    #expect((at, row, place) == (offset, line, column))
  }

  @Test func invalidUTF8SaysWhere() {
    let error = #expect(throws: JSONError.self) {
      try JSONValue(parsing: Array("[\"é".utf8) + [0xC0, 0x80] + Array("\"]".utf8))
    }
    #expect(error?.description == "<text>:1:4: not valid JSON: not UTF-8 (byte 4)")
  }

  @Test func keysThatDifferInCompositionOnly() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: "{\"\u{e9}\": 1, \"e\u{301}\": 2}") }
  }

  /// Pipes are not waited for, and no device is read without end.
  @Test(.timeLimit(.minutes(1))) func whatIsNoFile() {
    let pipe = "/tmp/merepl-json-\(getpid())"
    #expect(mkfifo(pipe, 0o600) == 0)
    defer { unlink(pipe) }
    for (path, words) in [
      (pipe, "it is a pipe, which can be read only once"), ("/tmp", "it is a directory"),
      ("/dev/zero", "it is a device"),
    ] {
      let error = #expect(throws: JSONError.self) { try JSONValue(contentsOfFile: path) }
      #expect(error?.description.hasPrefix("cannot read \(path): \(words)") == true)
    }
  }

  @Test func missingFile() {
    let error = #expect(throws: JSONError.self) { try JSONValue(contentsOfFile: "/no/such.json") }
    #expect(error?.description == "cannot read /no/such.json: no such file")
  }
}
