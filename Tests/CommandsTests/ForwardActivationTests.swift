import Checkpoints
import Diagnostics
import Foundation
import ModelTools
import Tensors
import TestSupport
import Testing

/// `merepl forward --activations` and `--list-activations`.
@Suite struct ForwardActivationTests {
  private let folder = ScratchFolder()

  private func forward(
    _ model: String, _ entries: [SafetensorsWriter.Entry], _ activations: String?,
    _ change: (inout ForwardCommand) -> Void = { _ in }
  ) throws -> SafetensorsFile {
    try SafetensorsWriter.write(entries, to: folder.path("in"))
    var command = ForwardCommand(model: model, input: folder.path("in"), output: folder.path("out"))
    command.activations = activations
    change(&command)
    _ = try command.run(progress: LoRATests.quiet)
    return try SafetensorsFile(folder.path("out"))
  }

  private func ids(_ rows: [[Int]]) -> SafetensorsWriter.Entry {
    .init("input_ids", shape: [rows.count, rows[0].count], integers: rows.flatMap { $0 })
  }

  /// The last states times the table of logits are the logits, and queries and keys give the
  /// attention, in double precision.
  @Test func activationsGiveTheLogitsAndTheAttention() throws {
    let file = try forward(
      ForwardTests.qwen, [ids([[5, 6, 7, 8, 1, 9]])],
      "norm.output,layers.*.output,layers.1.{queries,keys,attention}")
    let weights = try CheckpointDirectory(ForwardTests.qwen)
    let configuration = try weights.configuration()
    let layers = try configuration.object("text_config").int("num_hidden_layers")
    let outputs = (0..<layers).map { "layers.\($0).output" }
    let attention = ["queries", "keys", "attention"].map { "layers.1.\($0)" }
    #expect(Set(file.names) == Set(["logits", "norm.output"] + outputs + attention))

    let states = try file.tensor("norm.output")  // [1, tokens, channels]
    let isTied = weights.find("lm_head.weight") == nil
    let head = isTied ? "model.embed_tokens.weight" : "lm_head.weight"
    let table = try weights.tensor(head)
    let logits = try file.tensor("logits")
    let (s, t) = (states.values, table.values)
    let width = states.shape[2]
    var expected: [Float] = []
    for token in 0..<states.shape[1] {
      for word in 0..<table.shape[0] {
        expected.append(
          Float(
            (0..<width).reduce(0.0) {
              $0 + Double(s[token * width + $1]) * Double(t[word * width + $1])
            }))
      }
    }
    let closeness = Closeness(logits, Tensor(shape: logits.shape, values: expected))
    #expect(closeness.isWithin(1e-5), "logits: \(closeness)")

    let q = try file.tensor("layers.1.queries")
    let k = try file.tensor("layers.1.keys")
    let map = try file.tensor("layers.1.attention")
    let (tokens, heads, size, groups) = (q.shape[1], q.shape[2], q.shape[3], k.shape[2])
    var weightsOfKeys: [Float] = []
    for head in 0..<heads {
      for query in 0..<tokens {
        let powers = (0..<tokens).map { key -> Double in
          guard key <= query else { return 0 }
          let score = (0..<size).reduce(0.0) {
            $0 + Double(q[0, query, head, $1]) * Double(k[0, key, head / (heads / groups), $1])
          }
          return exp(score / Double(size).squareRoot())
        }
        let sum = powers.reduce(0, +)
        weightsOfKeys += powers.map { Float($0 / sum) }
      }
    }
    let distance = Closeness(map, Tensor(shape: map.shape, values: weightsOfKeys))
    #expect(distance.isWithin(1e-5), "attention: \(distance)")
  }

  /// Texts of a padded batch have the activations of each text alone, at their places.
  @Test func paddedTextsHaveTheirOwnActivations() throws {
    let patterns = "layers.0.{queries,attention,output},norm.output"
    let batch = try forward(
      ForwardTests.qwen,
      [
        ids([[5, 6, 7, 8], [0, 0, 9, 4]]),
        .init("attention_mask", shape: [2, 4], integers: [1, 1, 1, 1, 0, 0, 1, 1]),
      ], patterns)
    let found = try Dictionary(
      uniqueKeysWithValues: batch.names.map { ($0, try batch.tensor($0)) })
    let alone = try forward(ForwardTests.qwen, [ids([[9, 4]])], patterns)
    for name in alone.names where name != "logits" && name != "layers.0.attention" {
      let row = try #require(found[name]).slice(0, 1..<2)
      #expect(row.slice(1, 2..<4).values == (try alone.tensor(name).values), "\(name)")
      #expect(row.slice(1, 0..<2).values.allSatisfy { $0 == 0 }, "\(name)")
    }
    let map = try #require(found["layers.0.attention"]).slice(0, 1..<2)
    #expect(
      map.slice(2, 2..<4).slice(3, 2..<4).values
        == (try alone.tensor("layers.0.attention").values))
    #expect(map.slice(2, 2..<4).slice(3, 0..<2).values.allSatisfy { $0 == 0 })
    #expect(map.slice(2, 0..<2).values.allSatisfy { $0 == 0.25 })
  }

  /// Everything that can be read of each class, with gradients, against the run without.
  @Test(arguments: ["transformer", "text_encoder", "language model"])
  func activationsChangeNoOtherBit(kind: String) throws {
    func draw(_ shape: [Int], _ name: String) -> Tensor {
      .normal(shape, key: StreamKey(seed: 5, command: name))
    }
    let (model, patterns, inputs): (String, String, [SafetensorsWriter.Entry]) =
      switch kind {
      case "transformer":
        (
          "\(ForwardTests.pipeline)/transformer", "embeddings.*,blocks.*.*,norm.output",
          [
            .init("hidden_states", draw([2, 2, 8, 4, 6], "x")),
            .init("encoder_hidden_states", draw([2, 3, 64], "text")),
            .init("timestep", shape: [2], integers: [7, 900]),
            .init("cotangent", draw([2, 2, 8, 4, 6], "cotangent")),
          ]
        )
      case "text_encoder":
        (
          "\(ForwardTests.pipeline)/text_encoder", "embeddings.*,blocks.*.*,norm.output",
          [ids([[5, 6, 7, 8, 1]]), .init("cotangent", draw([1, 5, 64], "cotangent"))]
        )
      default:
        (
          ForwardTests.qwen, "embeddings.*,layers.*.*,norm.output",
          [
            ids([[5, 6, 7, 8, 1]]),
            .init("labels", shape: [1, 5], integers: [-100, 6, 7, 8, 1]),
          ]
        )
      }
    let plain = try forward(model, inputs, nil) { $0.gradients = true }
    let expected = try plain.names.map { ($0, try plain.tensor($0).values.map(\.bitPattern)) }
    let watched = try forward(model, inputs, patterns) {
      $0.gradients = true
      $0.attentions = true
    }
    for (name, bits) in expected {
      #expect(try watched.tensor(name).values.map(\.bitPattern) == bits, "\(name)")
    }
    let listed = try ActivationListing(model: model, component: nil).lines.map {
      String($0.prefix { $0 != " " })
    }.filter { !$0.hasPrefix("vision") }
    #expect(Set(watched.names).isSuperset(of: listed))
    let maps = listed.filter { $0.hasSuffix(".attention") }
    #expect(!maps.isEmpty)
    for (layer, address) in maps.enumerated() {
      #expect(
        try watched.tensor("attentions.\(layer)").values == watched.tensor(address).values)
    }
  }

  @Test func listingNamesAddressesAndAxes() throws {
    let lines = try ActivationListing(
      model: ForwardTests.pipeline, component: "text_encoder"
    ).lines
    #expect(
      lines == [
        "embeddings.output   [batch, tokens, channels=64]",
        "blocks.0.queries    [batch, queries, heads=4, headDim=16]",
        "blocks.0.keys       [batch, keys, heads=4, headDim=16]",
        "blocks.0.attention  [batch, heads=4, queries, keys]",
        "blocks.0.output     [batch, tokens, channels=64]",
        "norm.output         [batch, tokens, channels=64]",
      ])
    #expect(
      try ActivationListing(model: ForwardTests.pipeline, component: "vae").lines
        == ["AutoencoderKLCogVideoX has no activations to read"])
  }

  @Test func whatCannotBeReadIsExplained() throws {
    func failure(_ patterns: String) -> CommandError? {
      #expect(throws: CommandError.self) {
        try forward(ForwardTests.qwen, [ids([[5, 6]])], patterns)
      }
    }
    let unknown = failure("layer.*.output")
    #expect(unknown?.exitCode == 64)
    #expect(unknown?.message.contains("no activation matches 'layer.*.output'") == true)
    #expect(unknown?.suggestion == "did you mean 'layers.*.output'?")
    #expect(failure("layers..output")?.exitCode == 64)
    let unseen = failure("vision.blocks.0.output")
    #expect(unseen?.exitCode == 1)
    #expect(unseen?.message.contains("no images or videos") == true)
    #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
  }
}
