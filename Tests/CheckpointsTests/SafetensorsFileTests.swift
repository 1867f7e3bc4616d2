import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
  @Test(
    .enabled(if: SharedData.has("data/safetensors"), Comment(rawValue: SharedData.absent)),
    arguments: publishedCases())
  func publishedFiles(file: String, expectation: String) throws {
    let path = SharedData.path("data/safetensors/\(file)")
    if expectation == "OK" {
      #expect(throws: Never.self) { try SafetensorsFile(path) }
    } else {
      let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path) }
      #expect(error?.kind.rawValue == expectation)
    }
  }

  /// An unreadable list would leave the test above without cases.
  @Test(.enabled(if: SharedData.has("data/safetensors"), Comment(rawValue: SharedData.absent)))
  func everyPublishedCaseIsListed() {
    let listed = Set(Self.publishedCases().map(\.0))
    let present = SharedData.names(in: "data/safetensors/upstream_bytes")
      .filter { $0.hasSuffix(".safetensors") }.map { "upstream_bytes/\($0)" }
    #expect(!listed.isEmpty && listed == Set(present))
  }

  static func publishedCases() -> [(String, String)] {
    let list = SharedData.path("data/safetensors/upstream_bytes/EXPECT.json")
    guard let cases = try? JSONNode(contentsOfFile: list).asArray() else { return [] }
    return cases.compactMap { entry in
      guard let file = try? entry.string("file"), let expect = try? entry.string("expect") else {
        return nil
      }
      return (file, expect)
    }
  }

  @Test(.enabled(if: SharedData.has("data/safetensors"), Comment(rawValue: SharedData.absent)))
  func publishedValues() throws {
    func open(_ name: String) throws -> SafetensorsFile {
      try SafetensorsFile(
        SharedData.path("data/safetensors/swift-transformers_tensor-\(name).safetensors"))
    }
    let names = ["1d-int32", "2d-float64", "3d-float32", "4d-float32"]
    let shapes = try names.map { name in
      let file = try open(name)
      return try file.tensor(file.names[0]).shape
    }
    #expect(shapes.map(\.count) == [1, 2, 3, 4])
    let integers = try open("1d-int32")
    #expect(
      try integers.integers(integers.names[0]).map(Float.init)
        == integers.floats(integers.names[0]))
  }

  /// In words for people; the reference's name of the fault stands at the end.
  @Test func whatIsAnotherKindOfFileIsCalledSo() throws {
    let folder = try ScratchFolder()
    let path = try folder.file("notes.txt", text: "some notes, no tensors\n")
    let error = try #require(throws: SafetensorsError.self) { try SafetensorsFile(path) }
    #expect(
      error.description == "\(path) is not a valid safetensors file: its first 8 bytes are not a "
        + "valid header length (HeaderTooLarge)")
  }

  @Test func malformed() throws {
    let folder = try ScratchFolder()
    func kind(_ header: String, data: Int) throws -> SafetensorsError.Kind? {
      let bytes = safetensors(header, data: [UInt8](repeating: 0, count: data))
      let path = try folder.file("t.safetensors", bytes)
      do {
        _ = try SafetensorsFile(path)
        return nil
      } catch { return error.kind }
    }
    func tensor(_ name: String, _ begin: String, _ end: String, shape: String = "[4]") -> String {
      #""\#(name)":{"dtype":"U8","shape":\#(shape),"data_offsets":[\#(begin),\#(end)]}"#
    }
    let a = tensor("a", "0", "4")
    #expect(try kind("{\(a)}", data: 4) == nil)
    // Overlap, hole, reversed, beyond 64 bits.
    #expect(try kind("{\(a),\(tensor("b", "3", "7"))}", data: 8) == .invalidOffset)
    #expect(try kind("{\(a),\(tensor("b", "5", "9"))}", data: 9) == .invalidOffset)
    #expect(try kind("{\(tensor("a", "4", "0"))}", data: 4) == .invalidOffset)
    #expect(try kind("{\(tensor("a", "0", "18446744073709551615"))}", data: 4) == .invalidOffset)
    #expect(
      try kind(
        "{\(tensor("a", "0", "9223372036854775807", shape: "[9223372036854775807]"))}", data: 4)
        == .invalidOffset)
    // Data missing, data left over, size and shape apart.
    #expect(try kind("{\(a)}", data: 3) == .metadataIncompleteBuffer)
    #expect(try kind("{\(a)}", data: 5) == .metadataIncompleteBuffer)
    #expect(try kind("{\(tensor("a", "0", "4", shape: "[5]"))}", data: 4) == .tensorInvalidInfo)
    // Wrong types in the header.
    let broken = [
      "[]", "{\"a\":1}", "{\(tensor("a", "-1", "4"))}", "{\(tensor("a", "0", "4.5"))}",
      "{\(tensor("a", "0", "4", shape: "[-4]"))}", "{\(a)", "{\(a)} x",
      a.replacingOccurrences(of: "U8", with: "U9"), "{\"__metadata__\":{\"k\":1}}",
      "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0]}}",
    ]
    for header in broken {
      #expect(try kind(header, data: 4) == .invalidHeaderDeserialization, "\(header)")
    }
  }

  @Test func conversions() throws {
    let folder = try ScratchFolder()
    func floats(_ type: String, _ count: Int, _ data: [UInt8]) throws -> [Float] {
      // The odd length of the header leaves the data unaligned.
      var header =
        #"{"t":{"dtype":"\#(type)","shape":[\#(count)],"data_offsets":[0,\#(data.count)]}}"#
      if header.utf8.count % 2 == 0 { header += " " }
      let file = try SafetensorsFile(
        folder.file("\(type).safetensors", safetensors(header, data: data)))
      return try file.floats("t")
    }
    func bytes<T>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
    #expect(try floats("F64", 2, bytes([0.1, -2.0])) == [0.1, -2])
    #expect(try floats("F32", 2, bytes([Float(0.1), -.infinity])) == [0.1, -.infinity])
    #expect(
      try floats("F16", 3, bytes([Float16(0.1), 65504, -0x1p-24])) == [
        0.099975586, 65504, -0x1p-24,
      ])
    #expect(try floats("BF16", 2, bytes([UInt16(0x3F80), 0xC049])) == [1, -3.140625])
    #expect(try floats("I64", 2, bytes([Int64(-3), 1 << 40])) == [-3, 0x1p40])
    #expect(try floats("I32", 2, bytes([Int32(-3), 7])) == [-3, 7])
    #expect(try floats("U8", 2, [0, 255]) == [0, 255])
    #expect(try floats("I8", 2, [0xFF, 127]) == [-1, 127])
    #expect(try floats("BOOL", 3, [0, 1, 2]) == [0, 1, 1])
    #expect(throws: SafetensorsError.self) { try floats("F8_E4M3", 1, [0]) }
  }

  @Test func integersStayExact() throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/i.safetensors"
    let values = [0, -1, 151_643, 1 << 53 + 1, .max, .min]
    try SafetensorsWriter.write([.init("ids", shape: [2, 3], integers: values)], to: path)
    let file = try SafetensorsFile(path)
    #expect(try file.integers("ids") == values)
    #expect(try file.entry("ids").shape == [2, 3])
    try SafetensorsWriter.write(
      [.init("u", .uint64, shape: [1], bytes: [UInt8](repeating: 255, count: 8))], to: path)
    #expect(throws: SafetensorsError.self) { try SafetensorsFile(path).integers("u") }
  }

  @Test func unknownName() throws {
    let folder = try ScratchFolder()
    let path = "\(folder.path)/t.safetensors"
    try SafetensorsWriter.write([.init("model.a.weight", .zeros([1]))], to: path)
    let file = try SafetensorsFile(path)
    let error = #expect(throws: SafetensorsError.self) { try file.tensor("a.weight") }
    #expect(error?.kind == .tensorNotFound)
    #expect(error?.description.contains("did you mean \"model.a.weight\"") == true)
  }
}
