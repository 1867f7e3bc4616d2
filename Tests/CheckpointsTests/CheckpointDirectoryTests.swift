import Checkpoints
import Foundation
import Tensors
import Testing

@Suite struct CheckpointDirectoryTests {
  private func shard(_ folder: ScratchFolder, _ file: String, _ tensors: [String: [Float]]) throws {
    try SafetensorsWriter.write(
      tensors.map { .init($0, Tensor(shape: [$1.count], values: $1)) },
      to: "\(folder.path)/\(file)")
  }

  @Test func shards() throws {
    let folder = try ScratchFolder()
    try shard(folder, "m-1.safetensors", ["a": [1], "b": [2, 3]])
    try shard(folder, "m-2.safetensors", ["c": [4]])
    _ = try folder.file(
      "model.safetensors.index.json",
      text: #"""
        {"metadata": {"total_size": 16},
         "weight_map": {"c": "m-2.safetensors", "a": "m-1.safetensors", "b": "m-1.safetensors"}}
        """#)
    _ = try folder.file("config.json", text: #"{"hidden_size": 8}"#)
    let checkpoint = try CheckpointDirectory(folder.path)
    #expect(checkpoint.names == ["a", "b", "c"])
    #expect(try checkpoint.floats("b") == [2, 3])
    #expect(try checkpoint.tensor("c").values == [4])
    #expect(checkpoint.files.count == 2)
    #expect(try checkpoint.configuration().int("hidden_size") == 8)
    #expect(throws: SafetensorsError.self) { try checkpoint.tensor("d") }
  }

  /// What a shard holds counts, also where the index does not name it.
  @Test func tensorsThatTheIndexDoesNotName() throws {
    let folder = try ScratchFolder()
    try shard(folder, "m-1.safetensors", ["a": [1], "b": [2, 3]])
    try shard(folder, "m-2.safetensors", ["c": [4], "b": [2, 3]])
    _ = try folder.file(
      "model.safetensors.index.json",
      text: #"{"weight_map": {"a": "m-1.safetensors", "c": "m-2.safetensors"}}"#)
    let checkpoint = try CheckpointDirectory(folder.path)
    #expect(checkpoint.names == ["a", "b", "c"])
    #expect(try checkpoint.floats("b") == [2, 3])
    let report = KeyReport(expected: [("a", [1]), ("d", [1])], source: checkpoint)
    #expect(report.unused == ["b", "c"] && report.missing == ["d"])
    for other in [[2, 4], [2, 3, 4]] as [[Float]] {
      try shard(folder, "m-2.safetensors", ["c": [4], "b": other])
      let error = #expect(throws: CheckpointError.self) { try CheckpointDirectory(folder.path) }
      #expect("\(error, default: "none")".contains("in several shards with different values: b"))
    }
  }

  @Test func singleFile() throws {
    let folder = try ScratchFolder()
    try shard(folder, "diffusion_pytorch_model.safetensors", ["a": [1]])
    #expect(try CheckpointDirectory(folder.path).floats("a") == [1])
    // diffusers prefers shards to the single file beside them, transformers the file.
    for (stem, expected) in [("diffusion_pytorch_model", 2), ("model", 1)] as [(String, Float)] {
      let both = try ScratchFolder()
      try shard(both, "\(stem).safetensors", ["a": [1]])
      try shard(both, "\(stem)-1.safetensors", ["a": [2]])
      _ = try both.file(
        "\(stem).safetensors.index.json",
        text: #"{"weight_map": {"a": "\#(stem)-1.safetensors"}}"#)
      #expect(try CheckpointDirectory(both.path).floats("a") == [expected])
    }
  }

  @Test func faults() throws {
    func message(_ files: (ScratchFolder) throws -> Void) throws -> String {
      let folder = try ScratchFolder()
      try files(folder)
      do {
        _ = try CheckpointDirectory(folder.path)
        return "no error"
      } catch { return "\(error)" }
    }
    func index(_ map: String) -> (ScratchFolder) throws -> Void {
      { folder in
        try shard(folder, "m-1.safetensors", ["a": [1]])
        _ = try folder.file("x.safetensors.index.json", text: #"{"weight_map": {\#(map)}}"#)
      }
    }
    #expect(try message { _ in }.contains("no .safetensors file"))
    #expect(
      try message(index(#""a": "m-1.safetensors", "b": "m-9.safetensors""#))
        .contains("1 shard is missing: m-9.safetensors"))
    #expect(
      try message(index(#""q": "m-1.safetensors""#)).contains(
        "missing from the shard named in the index: q"))
    #expect(try message(index(#""a": "../m-1.safetensors""#)).contains("in this directory"))
    #expect(
      try message { folder in
        try shard(folder, "p.safetensors", ["a": [1]])
        try shard(folder, "q.safetensors", ["a": [1]])
      }.contains("several weight files"))
  }

  @Test func loadingListsEveryFault() throws {
    let folder = try ScratchFolder()
    try shard(
      folder, "model.safetensors",
      ["model.a": [1], "model.b": [1, 2], "model.old": [0], "head.x": [0]])
    let checkpoint = try CheckpointDirectory(folder.path)
    let a = Parameter(name: "net.a", .zeros([1]))
    let b = Parameter(name: "net.b", .zeros([3]))
    let c = Parameter(name: "net.c", .zeros([1]))
    let keys = KeyMap(["net": "model"])
    do {
      try checkpoint.load(into: [a, b, c], keys: keys) { $0.hasPrefix("head.") }
      Issue.record("no error")
    } catch CheckpointError.mismatch(_, let report) {
      #expect(report.missing == ["model.c"])
      #expect(report.unused == ["model.old"])
      #expect(report.wrongShape.map(\.name) == ["model.b"])
      #expect("\(report)".contains("model.b: expected [3], found [2]"))
    }
    #expect(a.data.values == [0])
    try checkpoint.load(into: [a], keys: keys) { $0 != "model.a" }
    #expect(a.data.values == [1])
  }

  @Test func weightsOfAnotherTypeAreRefused() throws {
    let folder = try ScratchFolder()
    try SafetensorsWriter.write(
      [
        .init("a", .int64, shape: [1], bytes: [UInt8](repeating: 0, count: 8)),
        .init("b", .float8E4M3, shape: [2], bytes: [0, 0]), .init(bfloat16: "c", .zeros([3])),
      ], to: "\(folder.path)/model.safetensors")
    let checkpoint = try CheckpointDirectory(folder.path)
    let parameters = [("a", 1), ("b", 2), ("c", 3)].map {
      Parameter(name: $0.0, .zeros([$0.1]))
    }
    do {
      try checkpoint.load(into: parameters)
      Issue.record("no error")
    } catch CheckpointError.mismatch(let location, let report) {
      #expect(location == folder.path)
      #expect(report.wrongType.map(\.name) == ["a", "b"])
      #expect(
        "\(report)".contains("a: expected one of F64, F32, F16, BF16, found I64"))
    }
  }

  /// What is stored as F32, BF16 or F16 stays in the file; the rest is converted.
  @Test func matricesStayInTheirFile() throws {
    let folder = try ScratchFolder()
    let values: [Float] = [1, -2, 0.5, 3, 0, 8]
    func halves(_ bits: (Float) -> UInt16) -> [UInt8] {
      values.map(bits).withUnsafeBytes { Array($0) }
    }
    let half = halves { Float16($0).bitPattern }
    let doubles = values.map(Double.init).withUnsafeBytes { Array($0) }
    try SafetensorsWriter.write(
      [
        .init("f32", Tensor(shape: [2, 3], values: values)),
        .init(bfloat16: "bf16", Tensor(shape: [2, 3], values: values)),
        .init(bfloat16: "vector", Tensor(shape: [6], values: values)),
        .init("f16", .float16, shape: [2, 3], bytes: half),
        .init("f64", .float64, shape: [2, 3], bytes: doubles),
      ], to: "\(folder.path)/model.safetensors")
    let checkpoint = try CheckpointDirectory(folder.path)
    let places: [String: StoredElement] = ["f32": .float32, "bf16": .bfloat16, "f16": .float16]
    for (name, element) in places {
      let tensor = try checkpoint.tensor(name)
      #expect(tensor.element == element && tensor.values == values)
      let start = try checkpoint.withUnsafeBytes(name) { $0.baseAddress }
      #expect(tensor.storage.borrows(start))
    }
    for name in ["vector", "f64"] {
      let tensor = try checkpoint.tensor(name)
      #expect(tensor.element == .float32 && tensor.values == values)
    }
  }

  /// Multiplying by mapped weights does not load them: what the process holds grows by a panel and
  /// not by a float32 copy, and goes down again when the pages are given back.
  @Test func mappedWeightsCostNoMemoryOfTheirOwn() throws {
    let folder = try ScratchFolder()
    let (outputs, width) = (2048, 2048)  // 8 MiB as BF16, 16 MiB as float32
    let path = "\(folder.path)/model.safetensors"
    try SafetensorsWriter.write(
      [
        .init(
          "w", .bfloat16, shape: [outputs, width],
          bytes: [UInt8](repeating: 0x3C, count: 2 * outputs * width))
      ], to: path)
    let weight = try SafetensorsFile(path).tensor("w")
    let x = Tensor.full([1, width], 1)
    let y = x.linear(weight)
    let expected = Float(width) * Float(bitPattern: 0x3C3C_0000)
    #expect(y.values.allSatisfy { abs($0 - expected) <= expected * 1e-5 })
    #expect(weight.storage.widenedByteCount == 0)
    let folderName = try #require(folder.path.split(separator: "/").last)
    /// Pages of the file that are in this process, in KiB.
    func mapped() throws -> Int {
      let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
      let maps = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
      let region = try #require(maps.range(of: "\(folderName)/")).upperBound
      let size = try #require(maps.range(of: "Rss:", range: region..<maps.endIndex)).upperBound
      return try #require(Int(maps[size...].split(separator: " ")[0]))
    }
    #expect(try mapped() > 8_000)
    weight.storage.releasePages()
    #expect(try mapped() < 100)
    #expect(x.linear(weight).values == y.values)
  }

  @Test func keyMap() {
    let map = KeyMap(["model.visual": "visual", "model.language_model": "model", "": "x"])
    #expect(map("model.visual.blocks.0") == "visual.blocks.0")
    #expect(map("model.language_model.norm") == "model.norm")
    #expect(map("model.visually.a") == "x.model.visually.a")
    #expect(KeyMap(["a.b": ""])("a.b.c") == "c")
    #expect(KeyMap()("a.b") == "a.b")
  }
}
