import Checkpoints
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

  @Test func singleFile() throws {
    let folder = try ScratchFolder()
    try shard(folder, "diffusion_pytorch_model.safetensors", ["a": [1]])
    #expect(try CheckpointDirectory(folder.path).floats("a") == [1])
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
        .contains("1 shards are missing: m-9.safetensors"))
    #expect(try message(index(#""q": "m-1.safetensors""#)).contains("not in the shard it names: q"))
    #expect(try message(index(#""a": "../m-1.safetensors""#)).contains("in this folder"))
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
      #expect("\(report)".contains("model.b: the model has [3], the file [2]"))
    }
    #expect(a.data.values == [0])
    try checkpoint.load(into: [a], keys: keys) { $0 != "model.a" }
    #expect(a.data.values == [1])
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
