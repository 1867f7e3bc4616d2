import JSON
import Testing

@Suite struct WriteTests {
  @Test func compact() throws {
    let value: JSONValue = ["b": [1, 2.5, true, nil], "a": [:], "c": [], "d": "é\u{1}\"\\/\n"]
    #expect(
      try value.serialized()
        == #"{"b":[1,2.5,true,null],"a":{},"c":[],"d":"é\u0001\"\\/\n"}"#)
  }

  @Test func pretty() throws {
    let value: JSONValue = ["b": [1, [:]], "a": "x"]
    #expect(
      try value.serialized(pretty: true) == """
        {
          "b": [
            1,
            {}
          ],
          "a": "x"
        }

        """)
  }

  @Test(arguments: [
    0.0, -0.0, 1.0, 0.1, 1.0 / 3, 1e16, 1e22, 123_456_789.123, -2.5e-7,
    .leastNonzeroMagnitude, .greatestFiniteMagnitude, 9_007_199_254_740_992,
  ])
  func doublesComeBack(_ number: Double) throws {
    let back = try JSONValue(parsing: JSONValue.double(number).serialized())
    guard case .double(let read) = back else {
      Issue.record("\(number) came back as \(back)")
      return
    }
    #expect(read.bitPattern == number.bitPattern)
  }

  @Test func controlCharactersComeBack() throws {
    let text = String(String.UnicodeScalarView((0..<0x80).compactMap(Unicode.Scalar.init)))
    #expect(try JSONValue(parsing: JSONValue.string(text).serialized()) == .string(text))
  }

  @Test func notFinite() {
    let value: JSONValue = ["loss": [0.5, .double(.nan)]]
    let error = #expect(throws: JSONError.self) { try value.serialized() }
    #expect(error == .notFinite(path: "loss[1]"))
  }
}
