import Checkpoints
import Foundation
import JSON
import Layers
import Tensors
import Testing
import VisionLanguage

@Suite struct QwenCheckpointTests {
  let configuration: Qwen25VL.Configuration
  let input = PreparedInput(tokens: [3, 1, 4, 1, 5])

  init() throws {
    configuration = try Qwen25VL.Configuration(JSONNode(QwenConfigurationTests.flat))
  }

  /// Writes entries to a file of its own, reads them as a model, and removes the file.
  func reading(
    _ entries: [SafetensorsWriter.Entry], _ body: (Qwen25VL.Model) throws -> Void = { _ in }
  ) throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: "\(UUID().uuidString).safetensors").path(percentEncoded: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    try SafetensorsWriter.write(entries, to: path)
    try body(Qwen25VL.Model(configuration, weights: SafetensorsFile(path)))
  }

  func entries(_ naming: Qwen25VL.Naming) throws -> [SafetensorsWriter.Entry] {
    let model = try Qwen25VL.Model(
      configuration, source: .random(StreamKey(seed: 5, command: "test")), naming: naming)
    return model.store.entries.map { SafetensorsWriter.Entry($0.name, $0.tensor) }
  }

  @Test(arguments: Qwen25VL.Naming.allCases)
  func writtenAndReadAgain(_ naming: Qwen25VL.Naming) throws {
    let written = try Qwen25VL.Model(
      configuration, source: .random(StreamKey(seed: 5, command: "test")), naming: naming)
    let logits = try written.forward(input).logits().values
    // A tied table may be stored twice; another one in its place is used as it is.
    let table = written.decoder.embedding.weight.data
    let entries = written.store.entries.map { SafetensorsWriter.Entry($0.name, $0.tensor) }
    try reading(entries + [.init("lm_head.weight", table)]) { read in
      let found = try read.forward(input).logits().values
      #expect(found == logits)
      #expect(read.store.parameters.map(\.name) == written.store.parameters.map(\.name))
    }
    try reading(entries + [.init("lm_head.weight", Tensor.zeros([60, 32]))]) { read in
      let found = try read.forward(input).logits().values
      #expect(found.allSatisfy { $0 == 0 })
      #expect(read.store.parameters.last?.name == "lm_head.weight")
    }
  }

  @Test func everyDifferenceIsReported() throws {
    var changed = try entries(.published)
    changed.removeAll { $0.name == "model.norm.weight" }
    changed.removeAll { $0.name == "visual.merger.ln_q.weight" }
    changed.append(.init("visual.merger.ln_q.weight", Tensor.zeros([3])))
    changed.append(.init("model.surplus", Tensor.zeros([1])))
    let error = #expect(throws: CheckpointError.self) { try reading(changed) }
    let text = try #require(error).description
    for name in ["model.norm.weight", "visual.merger.ln_q.weight", "model.surplus"] {
      #expect(text.contains(name), "\(text)")
    }
  }
}
