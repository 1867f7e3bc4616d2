import Commands
import Foundation
import ModelTools
import Testing

/// What `merepl tokenize` says of bytes that are no text.
@Suite struct TokenizeTests {
  @Test func theFirstByteThatIsNotUTF8IsNamed() throws {
    let folder = ScratchFolder()
    let path = folder.path("lines")
    try Data([0x61, 0x0A, 0xC3, 0xA9, 0x62, 0xFF, 0x63, 0x0A]).write(to: URL(filePath: path))
    let command = try TokenizeCommand(model: ForwardTests.qwen)
    let file = try #require(FileHandle(forReadingAtPath: path))
    var answers = 0
    let error = #expect(throws: (any Error).self) {
      try command.run(reading: file) { _ in answers += 1 }
    }
    #expect(answers == 1)
    #expect("\(try #require(error))".contains("line 2 of the input is not valid UTF-8 at byte 4"))
  }
}
