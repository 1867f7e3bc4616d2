import JSON
import TestSupport
import Testing

/// The JSONTestSuite files: `y_` must be accepted, `n_` rejected, `i_` may go either way.
@Suite(.enabled(if: SharedData.has("data/json/test_parsing"), Comment(rawValue: SharedData.absent)))
struct ConformanceTests {
  static let folder = "data/json/test_parsing"

  static func files(_ prefix: String) -> [String] {
    SharedData.names(in: folder).filter { $0.hasPrefix(prefix) }
  }

  @Test(arguments: files("y_"))
  func accepts(_ file: String) throws {
    let value = try JSONValue(contentsOfFile: SharedData.path("\(Self.folder)/\(file)"))
    let again = try JSONValue(parsing: value.serialized(pretty: true))
    #expect(again == value)
  }

  @Test(arguments: files("n_"))
  func rejects(_ file: String) {
    #expect(throws: JSONError.self) {
      try JSONValue(contentsOfFile: SharedData.path("\(Self.folder)/\(file)"))
    }
  }

  @Test(arguments: files("i_"))
  func survives(_ file: String) {
    if let value = try? JSONValue(contentsOfFile: SharedData.path("\(Self.folder)/\(file)")) {
      #expect(throws: Never.self) { try value.serialized() }
    }
  }

  @Test func thereAreFiles() {
    #expect(Self.files("y_").count == 95)
    #expect(Self.files("n_").count == 188)
    #expect(Self.files("i_").count == 35)
  }
}
