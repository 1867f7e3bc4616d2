import Checkpoints
import Commands
import Diagnostics
import Experiments
import Foundation
import ModelTools
import ScriptInterpreter
import Tensors
import Testing

/// `merepl forward` as a whole, on the mini checkpoints and on a tiny T5.
@Suite struct ForwardTests {
  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path(percentEncoded: false)
  static let pipeline = root + "/data/checkpoints/cogvideox-mini"
  static let qwen = root + "/data/checkpoints/qwen2.5-vl-mini-0"
  static let t5 = LoRATests.fixture + "/model"

  private let folder = ScratchFolder()

  private func draw(_ shape: [Int], _ name: String = "x") -> Tensor {
    .normal(shape, key: StreamKey(seed: 5, command: name))
  }

  /// Runs a model on entries and gives back the file of outputs.
  @discardableResult
  private func forward(
    _ model: String, _ entries: [SafetensorsWriter.Entry],
    _ change: (inout ForwardCommand) -> Void = { _ in }
  ) throws -> SafetensorsFile {
    try SafetensorsWriter.write(entries, to: folder.path("in"))
    var command = ForwardCommand(model: model, input: folder.path("in"), output: folder.path("out"))
    change(&command)
    _ = try command.run(progress: LoRATests.quiet)
    return try SafetensorsFile(folder.path("out"))
  }

  private func failure(
    _ model: String, _ entries: [SafetensorsWriter.Entry],
    _ change: (inout ForwardCommand) -> Void = { _ in }
  ) -> (status: Int32, message: String) {
    do {
      try forward(model, entries, change)
      return (0, "no error")
    } catch {
      #expect(!FileManager.default.fileExists(atPath: folder.path("out")))
      return ((error as? any ExitCoded)?.exitCode ?? -1, "\(error)")
    }
  }

  private var transformerInputs: [SafetensorsWriter.Entry] {
    [
      .init("hidden_states", draw([2, 2, 8, 4, 6])),
      .init("encoder_hidden_states", draw([2, 3, 64], "text")),
      .init("timestep", shape: [2], integers: [7, 900]),
    ]
  }

  // MARK: What is computed

  @Test func aPipelinesTransformerWithMapsAndGradients() throws {
    let inputs = transformerInputs + [.init("cotangent", draw([2, 2, 8, 4, 6], "cotangent"))]
    let plain = try forward(Self.pipeline, inputs) { $0.component = "transformer" }
    #expect(plain.names == ["sample"])
    let sample = try plain.tensor("sample").values
    let whole = try forward(Self.pipeline + "/transformer", inputs) {
      $0.attentions = true
      $0.gradients = true
    }
    #expect(try whole.tensor("sample").values == sample)
    let keys = try CheckpointDirectory(Self.pipeline + "/transformer").names
    #expect(whole.names.filter { $0.hasPrefix("grad.") } == keys.map { "grad.\($0)" })
    let maps = try whole.tensor("attentions.3")
    #expect(maps.shape == [2, 8, 15, 15])
    for row in maps.sum(axes: [3]).values { #expect(abs(row - 1) < 1e-5) }
    #expect(whole.find("attentions.4") == nil)
  }

  /// Outputs and gradients are the same bits whether the attention maps are captured or not.
  @Test(arguments: ["transformer", "text_encoder", "language model"])
  func attentionsChangeNoOtherBit(kind: String) throws {
    let ids = SafetensorsWriter.Entry("input_ids", shape: [1, 5], integers: [5, 6, 7, 8, 1])
    let (model, inputs): (String, [SafetensorsWriter.Entry]) =
      switch kind {
      case "transformer":
        (
          "\(Self.pipeline)/transformer",
          transformerInputs + [.init("cotangent", draw([2, 2, 8, 4, 6], "cotangent"))]
        )
      case "text_encoder":
        (
          "\(Self.pipeline)/text_encoder",
          [ids, .init("cotangent", draw([1, 5, 64], "cotangent"))]
        )
      default: (Self.qwen, [ids, .init("labels", shape: [1, 5], integers: [-100, 6, 7, 8, 1])])
      }
    func bits(attentions: Bool) throws -> (tensors: [String: [UInt32]], maps: Int) {
      let file = try forward(model, inputs) {
        $0.attentions = attentions
        $0.gradients = true
      }
      let maps = file.names.count { $0.hasPrefix("attentions.") }
      let others = file.names.filter { !$0.hasPrefix("attentions.") }
      return (
        Dictionary(
          uniqueKeysWithValues: try others.map {
            ($0, try file.tensor($0).values.map(\.bitPattern))
          }), maps
      )
    }
    let (off, on) = (try bits(attentions: false), try bits(attentions: true))
    #expect(off.maps == 0 && on.maps > 0)
    #expect(off.tensors.count > 5 && off.tensors == on.tensors)
  }

  /// One number for the batch is that number for every row; types of numbers make no difference.
  @Test func timestepsInAnyForm() throws {
    func sample(_ entry: SafetensorsWriter.Entry) throws -> [Float] {
      let inputs = transformerInputs.filter { $0.name != "timestep" } + [entry]
      return try forward(Self.pipeline, inputs) { $0.component = "transformer" }
        .tensor("sample").values
    }
    let expected = try sample(.init("timestep", shape: [2], integers: [40, 40]))
    #expect(try sample(.init("timestep", shape: [], integers: [40])) == expected)
    #expect(try sample(.init("timestep", Tensor(40))) == expected)
    #expect(try sample(.init(bfloat16: "timestep", Tensor(shape: [1], values: [40]))) == expected)
    let double = withUnsafeBytes(of: 40.0) { Array($0) }
    #expect(try sample(.init("timestep", .float64, shape: [], bytes: double)) == expected)
  }

  @Test func bothHalvesOfTheAutoencoder() throws {
    let video = SafetensorsWriter.Entry("x", draw([1, 3, 5, 8, 12]))
    let found = try forward(Self.pipeline, [video]) { $0.component = "encoder" }
    #expect(found.names == ["latent.logvar", "latent.mean"])
    let latent = try found.tensor("latent.mean")
    // Without --component the inputs say which half is meant.
    let again = try forward(Self.pipeline + "/vae", [video])
    #expect(try again.tensor("latent.mean").values == latent.values)
    let decoded = try forward(Self.pipeline + "/vae", [.init("z", latent)])
    #expect(try decoded.tensor("sample").shape == [1, 3, 5, 8, 12])
  }

  /// Tiles change numbers; one that holds the whole picture does not.
  @Test func tilesOfTheAutoencoder() throws {
    let video = SafetensorsWriter.Entry("x", draw([1, 3, 1, 24, 20]))
    func mean(_ tiling: ForwardTiling?) throws -> [Float] {
      try forward(Self.pipeline + "/vae", [video]) { $0.tiling = tiling }
        .tensor("latent.mean").values
    }
    for (tiling, words, status) in [
      (ForwardTiling(height: 0), "--tile-sample-min-height 0", 64),
      (ForwardTiling(overlapWidth: 1), "--tile-overlap-factor-width 1.0", 64),
      (ForwardTiling(height: 1, width: 1), "larger tiles", 1),
    ] as [(ForwardTiling, String, Int32)] {
      let found = failure(Self.pipeline + "/vae", [video]) { $0.tiling = tiling }
      #expect(found.status == status && found.message.contains(words), "\(found)")
    }
    let plain = try mean(nil)
    #expect(try mean(ForwardTiling(height: 24, width: 20)) == plain)
    let tiled = try mean(
      ForwardTiling(height: 16, width: 16, overlapHeight: 0.25, overlapWidth: 0.25))
    #expect(tiled.count == plain.count && tiled != plain)
  }

  /// Gradients with respect to the parameters of the half that did not run are zero.
  @Test func encoderGradientsTakeEitherFormOfCotangent() throws {
    let video = SafetensorsWriter.Entry("x", draw([1, 3, 3, 4, 4]))
    let mean = draw([1, 8, 2, 2, 2], "mean")
    let variance = draw([1, 8, 2, 2, 2], "variance")
    func gradients(_ cotangents: [SafetensorsWriter.Entry]) throws -> SafetensorsFile {
      try forward(Self.pipeline + "/vae", [video] + cotangents) { $0.gradients = true }
    }
    let key = "grad.encoder.conv_out.conv.weight"
    let one = try gradients([.init("cotangent", mean)])
    let named = try gradients([.init("cotangent.latent.mean", mean)])
    #expect(try one.tensor(key).values == named.tensor(key).values)
    let joint = try gradients([
      .init("cotangent", Tensor.concatenate([mean, variance], axis: 1))
    ])
    let both = try gradients([
      .init("cotangent.latent.mean", mean), .init("cotangent.latent.logvar", variance),
    ])
    #expect(try joint.tensor(key).values == both.tensor(key).values)
    #expect(try one.tensor("grad.decoder.conv_out.conv.bias").values.allSatisfy { $0 == 0 })
    #expect(try one.tensor(key).values.contains { $0 != 0 })
  }

  /// Rows padded on either side give what they give alone; their loss is that of all labels.
  @Test func paddingOnEitherSide() throws {
    let (a, b) = ([5, 6, 7, 8, 9, 10], [11, 12, 13])
    func entries(_ rows: [[Int]], _ mask: [[Int]]?, _ labels: [[Int]]) -> [SafetensorsWriter.Entry]
    {
      let shape = [rows.count, rows[0].count]
      return [
        .init("input_ids", shape: shape, integers: rows.flatMap { $0 }),
        .init("labels", shape: shape, integers: labels.flatMap { $0 }),
      ] + (mask.map { [.init("attention_mask", shape: shape, integers: $0.flatMap { $0 })] } ?? [])
    }
    let labels = (a: [-100, 6, 7, -100, 9, 10], b: [-100, 12, 13])
    let alone = try [(a, labels.a), (b, labels.b)].map { ids, labels in
      let found = try forward(Self.qwen, entries([ids], nil, [labels])) { $0.attentions = true }
      return (
        logits: try found.tensor("logits"), loss: try found.tensor("loss").scalar,
        map: try found.tensor("attentions.0")
      )
    }
    let padding = [0, 0, 0]
    for (row, mask, targets, places) in [
      (b + padding, [1, 1, 1, 0, 0, 0], labels.b + [-100, -100, -100], 0..<3),
      (padding + b, [0, 0, 0, 1, 1, 1], [-100, -100, -100] + labels.b, 3..<6),
    ] {
      let found = try forward(
        Self.qwen, entries([a, row], [[1, 1, 1, 1, 1, 1], mask], [labels.a, targets])
      ) { $0.attentions = true }
      let logits = try found.tensor("logits")
      #expect(logits.allFinite)
      #expect(logits.slice(0, 0..<1).values == alone[0].logits.values)
      #expect(logits.slice(0, 1..<2).slice(1, places).values == alone[1].logits.values)
      let loss = try found.tensor("loss")
      #expect(loss.shape == [])
      let expected = (alone[0].loss * 4 + alone[1].loss * 2) / 6
      #expect(abs(loss.scalar - expected) <= 1e-5 * abs(expected))
      let map = try found.tensor("attentions.0")
      #expect(
        map.slice(0, 1..<2).slice(2, places).slice(3, places).values == alone[1].map.values)
      for sum in map.sum(axes: [3]).values { #expect(abs(sum - 1) < 1e-5) }
    }
  }

  private typealias Entry = SafetensorsWriter.Entry

  private func integers(_ name: String, _ numbers: [Int]) -> Entry {
    Entry(name, shape: [1, numbers.count], integers: numbers)
  }

  /// Padding beside a label predicts it, in a hole as before a text, so what it holds counts; with
  /// no label beside it, it counts nothing.
  @Test func paddingBesideLabels() throws {
    func loss(_ ids: [Int], mask: [Int], labels: [Int]) throws -> Float {
      try forward(
        Self.qwen,
        [integers("input_ids", ids), integers("attention_mask", mask), integers("labels", labels)]
      ).tensor("loss").scalar
    }
    func losses(_ row: (Int) -> [Int], mask: [Int], labels: [Int]) throws -> [Float] {
      try [11, 12].map { try loss(row($0), mask: mask, labels: labels) }
    }
    let none = -100
    for (row, mask, labels, counts) in [
      ({ [5, $0, 9, 8] }, [1, 0, 1, 1], [none, none, 9, none], true),
      ({ [5, $0, 9, 8] }, [1, 0, 1, 1], [none, none, none, 8], false),
      ({ [$0, 5, 6, 7] }, [0, 1, 1, 1], [none, 5, none, none], true),
      ({ [$0, 5, 6, 7] }, [0, 1, 1, 1], [none, none, 6, none], false),
      ({ [5, 6, 7, $0] }, [1, 1, 1, 0], [none, 6, none, 4], false),
    ] as [((Int) -> [Int], [Int], [Int], Bool)] {
      let found = try losses(row, mask: mask, labels: labels)
      #expect(found.allSatisfy(\.isFinite) && (found[0] != found[1]) == counts, "\(labels)")
    }
    // The label of padding counts like any other: it is predicted by the token before it.
    let hidden = try loss([5, 6, 7, 4], mask: [1, 1, 1, 0], labels: [none, none, none, 4])
    let shown = try loss([5, 6, 7, 4], mask: [1, 1, 1, 1], labels: [none, none, none, 4])
    #expect(abs(hidden - shown) <= 1e-5 * shown)
  }

  @Test func rowsWithoutLabelsOrTokens() throws {
    let ids = integers("input_ids", [3, 4])
    for entries in [
      [ids, integers("labels", [-100, -100])], [ids, integers("labels", [5, -100])],
      [ids, integers("attention_mask", [0, 0])],
    ] {
      let found = try forward(Self.qwen, entries)
      #expect(found.names == ["logits"])
      #expect(try found.tensor("logits").allFinite)
    }
    try FileManager.default.removeItem(atPath: folder.path("out"))
    let found = failure(Self.qwen, [ids, integers("labels", [5, -100])]) { $0.gradients = true }
    #expect(found.status == 1 && found.message.contains("nothing to predict"), "\(found)")
  }

  /// Where `pad_token_id` names a row of the embedding table, looking it up teaches it nothing.
  @Test func gradientOfThePaddingToken() throws {
    let ids = [5, 0, 6, 7]
    func run(_ padding: String) throws -> (rows: [[Float]], logits: [Float]) {
      let model = ScratchFolder()
      try FileManager.default.copyItem(
        atPath: Self.qwen + "/model.safetensors", toPath: model.path("model.safetensors"))
      let text = try String(contentsOfFile: Self.qwen + "/config.json", encoding: .utf8)
      try model.write(
        "config.json", text.replacing("\"vocab_size\"", with: padding + "\"vocab_size\""))
      let found = try forward(
        model.path, [integers("input_ids", ids), integers("labels", [-100, -100, 6, 7])]
      ) { $0.gradients = true }
      let name = try #require(found.names.first { $0.hasSuffix("embed_tokens.weight") })
      let gradient = try found.tensor(name)
      return ([0, 1, 5].map { gradient.rows([$0]).values }, try found.tensor("logits").values)
    }
    let (plain, padded) = (try run(""), try run("\"pad_token_id\": 0, "))
    #expect(plain.logits == padded.logits)
    #expect(plain.rows[1] == padded.rows[1] && plain.rows[2] == padded.rows[2])
    // The tables are tied; as scores, the row still learns, as little as that of any other token.
    func size(_ row: [Float]) -> Float { row.reduce(0) { max($0, abs($1)) } }
    #expect(size(padded.rows[0]) < size(plain.rows[0]) / 2)
  }

  /// Where both places have a table, the encoder's own counts.
  @Test func tablesOfT5ThatDiffer() throws {
    let model = ScratchFolder()
    try FileManager.default.copyItem(
      atPath: Self.t5 + "/config.json", toPath: model.path("config.json"))
    let file = try SafetensorsFile(Self.t5 + "/model.safetensors")
    let table = try file.tensor("shared.weight")
    let ids = [
      integers("input_ids", [3, 4]), Entry("cotangent", Tensor.full([1, 2, table.shape[1]], 1)),
    ]
    func run(_ tables: [String: Tensor]) throws -> SafetensorsFile {
      let rest = file.names.filter { $0 != "shared.weight" }
      try SafetensorsWriter.write(
        try rest.map { .init($0, try file.tensor($0)) } + tables.map { .init($0, $1) },
        to: model.path("model.safetensors"))
      return try forward(model.path, ids) { $0.gradients = true }
    }
    let other = draw(table.shape, "other")
    let expected = try run(["shared.weight": other]).tensor("last_hidden_state").values
    let found = try run(["shared.weight": table, "encoder.embed_tokens.weight": other])
    #expect(try found.tensor("last_hidden_state").values == expected)
    #expect(try found.tensor("grad.shared.weight").values.allSatisfy { $0 == 0 })
    #expect(try found.tensor("grad.encoder.embed_tokens.weight").values.contains { $0 != 0 })
    let same = try run(["shared.weight": table, "encoder.embed_tokens.weight": table])
    #expect(same.find("grad.encoder.embed_tokens.weight") == nil)
  }

  // MARK: What is refused

  @Test func modelFoldersThatDoNotServe() throws {
    let ids = [SafetensorsWriter.Entry("input_ids", shape: [1, 2], integers: [3, 4])]
    func expect(_ model: String, _ words: String, status: Int32 = 5) {
      let found = failure(model, ids)
      #expect(found.status == status, "\(found)")
      #expect(found.message.contains(words), "\(found)")
    }
    expect(folder.path("none"), "does not exist")
    expect(folder.path, "no config.json")
    expect(Self.pipeline, "pipeline with several models", status: 64)
    try folder.write("config.json", #"{"architectures": ["LlamaForCausalLM"]}"#)
    expect(folder.path, "unknown model class \"LlamaForCausalLM\"")
    try folder.write("config.json", "{}")
    expect(folder.path, "to name the model class")
    // The right configuration, and no weights, weights of another model, or half of the weights.
    let files = FileManager.default
    try files.removeItem(atPath: folder.path("config.json"))
    try files.copyItem(atPath: Self.t5 + "/config.json", toPath: folder.path("config.json"))
    expect(folder.path, "no .safetensors file")
    try SafetensorsWriter.write([.init("a", draw([2]))], to: folder.path("model.safetensors"))
    expect(folder.path, "shared.weight")
    let weights = try Data(contentsOf: URL(filePath: Self.t5 + "/model.safetensors"))
    try weights.dropLast(100).write(to: URL(filePath: folder.path("model.safetensors")))
    expect(folder.path, "is truncated")
  }

  @Test func inputsThatDoNotFit() throws {
    typealias Entry = SafetensorsWriter.Entry
    let ids = Entry("input_ids", shape: [1, 2], integers: [3, 4])
    for (entries, words, status) in [
      ([], "needs \"input_ids\"", 5),
      ([ids, Entry("pixel_values", draw([1]))], "has no input named \"pixel_values\"", 1),
      ([Entry("input_ids", draw([1, 2]))], "integers (I64, I32, ...), found F32 [1, 2]", 1),
      ([Entry("input_ids", shape: [2], integers: [3, 4])], "[batch, tokens]", 1),
      ([Entry("input_ids", shape: [1, 0], integers: [])], "not empty", 1),
      ([Entry("input_ids", shape: [1, 2], integers: [3, 17])], "17", 1),
      (
        [ids, Entry("attention_mask", shape: [1, 3], integers: [1, 1, 1])],
        "attention_mask: expected [1, 2]", 1
      ),
      (
        [ids, Entry("cotangent", draw([1, 2, 7]))],
        "expected [1, 2, 8], the shape of last_hidden_state, found F32 [1, 2, 7]", 1
      ),
    ] as [([Entry], String, Int32)] {
      let found = failure(Self.t5, entries)
      #expect(found.status == status, "\(found)")
      #expect(found.message.contains(words), "\(found)")
      #expect(found.message.contains(folder.path("in")), "the file is named: \(found)")
    }
    let gradients = failure(Self.t5, [ids]) { $0.gradients = true }
    #expect(gradients.status == 5 && gradients.message.contains("needs \"cotangent\""))
    let maps = failure(Self.pipeline + "/vae", [.init("z", draw([1, 8, 1, 2, 2]))]) {
      $0.attentions = true
    }
    #expect(maps.status == 64 && maps.message.contains("no attention layers"))
  }

  @Test func inputsOfVisionLanguageModelsThatDoNotFit() throws {
    typealias Entry = SafetensorsWriter.Entry
    func ids(_ ids: [Int]) -> Entry { Entry("input_ids", shape: [1, ids.count], integers: ids) }
    func integers(_ name: String, _ numbers: [Int]) -> Entry {
      Entry(name, shape: [1, numbers.count], integers: numbers)
    }
    let video = try CheckpointDirectory(Self.qwen).configuration().int("video_token_id")
    for (entries, words) in [
      ([ids([3, 4]), integers("labels", [-100, 99_999])], "99999"),
      ([ids([3, -4])], "input_ids: row 0 has id -4 at position 1"),
      (
        [ids([3, video])],
        "input_ids: row 0 has 1 video token (id \(video)) at position 1; pixel_values_videos "
          + "and video_grid_thw"
      ),
      ([ids([3, 4]), integers("video_grid_thw", [1, 2, 2])], "pixel_values_videos"),
      ([ids([3, 4]), integers("video_grid_thw", [0, 2, 2])], "each 1 to 100000"),
      ([ids([3, 4]), Entry("second_per_grid_ts", draw([1]))], "video_grid_thw"),
      (
        [
          ids([3, 4]), integers("video_grid_thw", [1, 2, 2]),
          Entry("second_per_grid_ts", Tensor(shape: [1], values: [.nan])),
        ], "finite numbers"
      ),
    ] as [([Entry], String)] {
      let found = failure(Self.qwen, entries)
      #expect(found.status == 1 || found.status == 5, "\(found)")
      #expect(found.message.contains(words), "\(found)")
    }
    let found = failure(Self.qwen, [ids([3, 4])]) { $0.gradients = true }
    #expect(found.status == 5 && found.message.contains("needs \"labels\""), "\(found)")
    let rule = failure(Self.qwen, [ids([3, 4])]) { $0.textPosition = "middle" }
    #expect(rule.status == 64 && rule.message.contains("largest, spatial"), "\(rule)")
  }

  @Test func anEmptyNameOfTheOutput() throws {
    let found = failure(folder.path("none"), []) { $0.output = "" }
    #expect(found.status == 64 && found.message.contains("--out is empty"), "\(found)")
  }

  @Test func outputsThatCannotBeWritten() throws {
    let ids = [SafetensorsWriter.Entry("input_ids", shape: [1, 2], integers: [3, 4])]
    for (place, words) in [
      (folder.path("in"), "would be overwritten"), (folder.path, "it is a directory"),
      (folder.path("none/out"), "does not exist"),
    ] {
      let found = failure(Self.t5, ids) { $0.output = place }
      #expect(found.status == 1 && found.message.contains(words), "\(found)")
    }
    #expect(try SafetensorsFile(folder.path("in")).names == ["input_ids"])
  }
}
