import Checkpoints
import Files
import Foundation
import Tensors
import Testing

@Suite struct SafetensorsWriterTests {
  let entries: [SafetensorsWriter.Entry] = [
    .init("b", Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, .nan])),
    .init("a", Tensor(shape: [], values: [-0.0])),
    .init("mask", .bool, shape: [3], bytes: [1, 0, 1]),
    .init("empty", Tensor(shape: [0, 4], values: [])),
    .init("é\n\"", shape: [1], integers: [7]),
  ]

  @Test func roundTrip() throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/out.safetensors"
    try SafetensorsWriter.write(entries, metadata: ["format": "pt", "b": "2"], to: path)
    let file = try SafetensorsFile(path)
    #expect(file.metadata == ["format": "pt", "b": "2"])
    #expect(file.names == ["a", "b", "empty", "mask", "é\n\""])
    #expect(file.entries.map(\.name) == ["é\n\"", "a", "b", "empty", "mask"])
    let b = try file.tensor("b")
    #expect(b.shape == [2, 3])
    #expect(b.values.dropLast() == [1, 2, 3, 4, 5] && b.values[5].isNaN)
    #expect(try file.tensor("a").scalar.sign == .minus)
    #expect(try file.tensor("empty").shape == [0, 4])
    #expect(try file.integers("é\n\"") == [7])
    #expect(try file.floats("mask") == [1, 0, 1])
    for entry in file.entries {
      #expect(entry.byteRange.lowerBound % entry.elementType.byteCount == 0)
    }
  }

  @Test func sameBytesInAnyOrder() throws {
    let bytes = try SafetensorsWriter.serialize(entries, metadata: ["x": "1", "a": "2"])
    let other = try SafetensorsWriter.serialize(entries.reversed(), metadata: ["a": "2", "x": "1"])
    #expect(bytes == other)
    let length = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
    #expect(length % 8 == 0)
  }

  @Test func fileEqualsSerialization() throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/out.safetensors"
    try SafetensorsWriter.write(entries, to: path)
    let written = try Data(contentsOf: URL(filePath: path))
    #expect(try [UInt8](written) == SafetensorsWriter.serialize(entries))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.safetensors"])
  }

  @Test func refusesTwoOfAName() {
    #expect(throws: SafetensorsError.self) {
      try SafetensorsWriter.serialize([.init("a", .zeros([1])), .init("a", .zeros([2]))])
    }
  }

  @Test func aFailureLeavesTheOldFile() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("keep", text: "old")
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try WholeFile.write(to: path) { file in
        try file.append([1, 2, 3] as [UInt8])
        throw Stop()
      }
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["keep"])
    #expect(throws: FileFault.self) {
      try WholeFile.write(to: "\(folder.path)/absent/x") { _ in }
    }
  }

  @Test(arguments: [
    (Float(1), UInt16(0x3F80)), (3.140625, 0x4049), (0x1.01p0, 0x3F80), (0x1.03p0, 0x3F82),
    (0x1.010002p0, 0x3F81), (.infinity, 0x7F80), (.greatestFiniteMagnitude, 0x7F80),
    (-0.0, 0x8000),
  ])
  func bfloat16Rounding(value: Float, expected: UInt16) throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/b.safetensors"
    try SafetensorsWriter.write([.init(bfloat16: "t", Tensor(value))], to: path)
    let file = try SafetensorsFile(path)
    let stored = try file.withUnsafeBytes("t") { $0.loadUnaligned(as: UInt16.self) }
    #expect(stored == expected)
  }
}
