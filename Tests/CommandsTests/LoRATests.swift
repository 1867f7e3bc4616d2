import Checkpoints
import Commands
import Experiments
import Foundation
import Layers
import ModelTools
import Tensors
import TestSupport
import Testing

/// Adapters against PEFT, on the fixture of Tests/Reference/lora.py.
@Suite struct LoRATests {
  static let fixture = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Fixtures/lora").path(percentEncoded: false)
  static let quiet = ProgressDisplay(mode: .quiet)

  private let folder = ScratchFolder()

  /// What `merepl forward` gives with an adapter.
  private func forward(
    adapter: String?, model: String = LoRATests.fixture + "/model", gradients: Bool = true
  ) throws -> SafetensorsFile {
    var command = ForwardCommand(
      model: model, input: Self.fixture + "/in.safetensors", output: folder.path("out"))
    command.adapter = adapter
    command.gradients = gradients
    _ = try command.run(progress: Self.quiet)
    return try SafetensorsFile(folder.path("out"))
  }

  private func expectClose(_ found: Tensor, _ expected: Tensor, _ limit: Float, _ what: String) {
    let closeness = Closeness(found, expected)
    #expect(closeness.isWithin(limit), "\(what): \(closeness)")
  }

  @Test(arguments: ["suffixes", "expression"])
  func outputsAndGradientsAreThoseOfPEFT(_ name: String) throws {
    let expected = try SafetensorsFile("\(Self.fixture)/\(name).safetensors")
    let found = try forward(adapter: "\(Self.fixture)/\(name)")
    #expect(found.names == expected.names)
    for key in expected.names {
      try expectClose(
        found.tensor(key), expected.tensor(key), key.hasPrefix("grad.") ? 1e-3 : 1e-4, key)
    }
    let plain = try forward(adapter: nil, gradients: false).tensor("last_hidden_state")
    #expect(try plain.values != found.tensor("last_hidden_state").values)
  }

  /// Linear layers as a store of a model has them.
  private func store(_ names: [String]) throws -> (ParameterStore, [Linear]) {
    let store = ParameterStore(.random(StreamKey(seed: 1, command: "test")))
    let layers = try names.map { name in
      let scope = name.split(separator: ".").reduce(store.root) { $0[String($1)] }
      return try Linear(scope, 5, 4)
    }
    store.freeze()
    return (store, layers)
  }

  @Test func mergedAndApartAreTheSameWithinRounding() throws {
    let (store, layers) = try store(["a.q", "b.q"])
    let x = Tensor.normal([3, 5], key: StreamKey(seed: 2, command: "x"))
    let key = StreamKey(seed: 3, command: "lora")
    let lora = try LoRA(.init(rank: 2, alpha: 6, targets: .suffixes(["q"])), on: store, key: key)
    let before = layers.map { $0(x) }
    for layer in lora.layers {
      let values = Tensor.normal(layer.adapter.b.shape, key: key.child(layer.name))
      layer.adapter.b.load(values)
    }
    let apart = layers.map { $0(x) }
    lora.merge()
    #expect(store.linearWeights.allSatisfy { $0.adapter == nil })
    for index in layers.indices {
      expectClose(layers[index](x), apart[index], 1e-6, "layer \(index)")
      #expect(before[index].values != apart[index].values)
    }
  }

  @Test func freshAdaptersChangeNothingAndComeBackFromTheirFolder() throws {
    let (store, layers) = try store(["model.layers.0.q_proj", "model.layers.0.k_proj", "lm_head"])
    let x = Tensor.normal([2, 5], key: StreamKey(seed: 2, command: "x"))
    let before = layers.map { $0(x).values }
    let lora = try LoRA(
      .init(rank: 2, alpha: 4, targets: .allLinear), on: store,
      key: StreamKey(seed: 3, command: "lora"))
    #expect(lora.layers.map(\.name) == ["model.layers.0.q_proj", "model.layers.0.k_proj"])
    #expect(layers.map { $0(x).values } == before)
    for parameter in lora.parameters {
      parameter.load(.normal(parameter.shape, key: StreamKey(seed: 4, command: parameter.name)))
    }
    let after = layers.map { $0(x).values }
    #expect(after[0] != before[0] && after[1] != before[1] && after[2] == before[2])
    try lora.write(to: folder.path)
    lora.detach()
    #expect(layers.map { $0(x).values } == before)
    let again = try LoRA(directory: folder.path, on: store)
    #expect(Set(again.layers.map(\.name)) == Set(lora.layers.map(\.name)))
    #expect(layers.map { $0(x).values } == after)
  }

  /// A wrapper's name in the adapter finds the layer under the name of the checkpoint.
  @Test func namesOfWrappersAreLeftOut() throws {
    let (store, _) = try store(["model.layers.0.q_proj"])
    let lora = try LoRA(
      .init(targets: .suffixes([])), on: store,
      factors: [("model.language_model.layers.0.q_proj", .zeros([2, 5]), .zeros([4, 2]))])
    #expect(lora.layers[0].weight === store.linearWeights[0])
  }

  @Test(arguments: [
    ("q_proj", [2, 5], [4, 2], "the model has no linear layer q_proj"),
    ("q", [2, 4], [4, 2], "q.lora_A.weight: expected shape [8, 5], found [2, 4]"),
    ("q", [2, 5], [4, 3], "q.lora_B.weight: expected shape [4, 2], found [4, 3]"),
  ])
  func factorsThatDoNotFitAreRefused(layer: String, a: [Int], b: [Int], message: String) throws {
    let (store, _) = try store(["q"])
    let error = #expect(throws: LoRAError.self) {
      try LoRA(
        .init(targets: .suffixes([])), on: store, factors: [(layer, .zeros(a), .zeros(b))])
    }
    #expect("\(error!)".contains(message), "\(error!)")
    #expect(store.linearWeights[0].adapter == nil)
  }

  @Test(arguments: [
    (#"{"peft_type": "ADALORA"}"#, "peft_type"), (#"{"peft_type": "LORA", "bias": "all"}"#, "bias"),
    (#"{"peft_type": "LORA", "use_dora": true}"#, "use_dora"),
    (#"{"peft_type": "LORA", "modules_to_save": ["lm_head"]}"#, "modules_to_save"),
    (#"{"peft_type": "LORA", "r": "8"}"#, "r"),
  ])
  func whatIsNotBuiltIsRefused(configuration: String, key: String) throws {
    try folder.write("adapter_config.json", configuration)
    let (store, _) = try store(["q"])
    let message = #expect(throws: (any Error).self) {
      try LoRA(directory: folder.path, on: store)
    }.map { "\($0)" }
    #expect(message?.contains(key) == true, "\(message ?? "")")
  }

  @Test func filesThatAreNotPairsOfFactorsAreRefused() throws {
    try folder.write("adapter_config.json", #"{"peft_type": "LORA", "target_modules": ["q"]}"#)
    let prefix = "base_model.model.q"
    for (keys, words) in [
      (["\(prefix).lora_A.weight"], "\"\(prefix).lora_B.weight\" is missing"),
      (["\(prefix).lora_embedding_A"], "is not a LoRA factor of a linear layer"),
      (["q.lora_A.weight", "q.lora_B.weight"], "is not a LoRA factor of a linear layer"),
    ] {
      try SafetensorsWriter.write(
        keys.map { .init($0, Tensor.zeros([2, 5])) },
        to: folder.path("adapter_model.safetensors"))
      let error = #expect(throws: LoRAError.self) {
        try LoRA(directory: folder.path, on: store(["q"]).0)
      }
      #expect("\(error!)".contains(words), "\(error!)")
    }
  }

  /// PEFT stores the weight of the layer of the logits with its factors.
  @Test func anAdapterMayBringTheWeightAlong() throws {
    let (store, layers) = try store(["q"])
    try folder.write("adapter_config.json", #"{"peft_type": "LORA", "target_modules": ["q"]}"#)
    let weight = Tensor.normal([4, 5], key: StreamKey(seed: 6, command: "w"))
    try SafetensorsWriter.write(
      [
        .init("base_model.model.q.lora_A.weight", .zeros([8, 5])),
        .init("base_model.model.q.lora_B.weight", .zeros([4, 8])),
        .init("base_model.model.q.base_layer.weight", weight),
      ], to: folder.path("adapter_model.safetensors"))
    _ = try LoRA(directory: folder.path, on: store)
    #expect(layers[0].weight.data.values == weight.values)
  }

  @Test func targetsThatMatchNothingAreAnError() throws {
    let (store, _) = try store(["a.q"])
    for targets: LoRAConfiguration.Names in [
      .suffixes(["k"]), .expression("b.*"), .expression("("),
    ] {
      #expect(throws: LoRAError.self) {
        try LoRA(.init(targets: targets), on: store, key: StreamKey(seed: 1, command: "l"))
      }
    }
  }
}

/// A folder that lives as long as a test needs it.
final class ScratchFolder {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "merepl-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path(name)))
  }
}
