import Checkpoints
import Foundation
import TestSupport
import Testing

/// Headers whose numbers nobody means: each is refused in words.
@Suite struct AbsurdHeaderTests {
  private func open(_ header: String, data: [UInt8] = []) throws {
    let path = NSTemporaryDirectory() + "merepl-header-\(UUID().uuidString).safetensors"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let text = Array(header.utf8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
    try Data(length + text + data).write(to: URL(filePath: path))
    _ = try SafetensorsFile(path)
  }

  private func tensor(_ shape: String, _ bytes: Int = 0) -> String {
    #"{"a": {"dtype": "F32", "shape": [\#(shape)], "data_offsets": [0, \#(bytes)]}}"#
  }

  @Test(arguments: [
    "9223372036854775807, 0, 9223372036854775807", "0, 4611686018427387904, 4",
    "9223372036854775807, 0", "0, 100000000", "9223372036854775808", "4294967296, 4294967296",
  ])
  func shapes(_ shape: String) {
    #expect(throws: SafetensorsError.self) { try open(tensor(shape)) }
  }

  @Test func axes() throws {
    let many = Array(repeating: "1", count: 300_000).joined(separator: ", ")
    let error = #expect(throws: SafetensorsError.self) {
      try open(tensor(many, 4), data: [0, 0, 0, 0])
    }
    #expect("\(error!)".contains("300000 axes; the limit is 64"))
    let most = Array(repeating: "1", count: 64).joined(separator: ", ")
    #expect(throws: Never.self) { try open(tensor(most, 4), data: [0, 0, 0, 0]) }
  }

  /// Tensors without elements are fine as such.
  @Test(arguments: ["0", "3, 0", "0, 5, 7"])
  func empty(_ shape: String) { #expect(throws: Never.self) { try open(tensor(shape)) } }

  @Test func manyKeys() throws {
    let names = (0..<600_000).map { #""\#($0)": {"a": 0, "b": 0, "c": 0}"# }
    let started = processorTime()
    let error = #expect(throws: SafetensorsError.self) {
      try open("{\(names.joined(separator: ", "))}")
    }
    #expect("\(error!)".contains("commas and colons; the limit is"))
    #expect(processorTime() - started < 10)
  }
}
