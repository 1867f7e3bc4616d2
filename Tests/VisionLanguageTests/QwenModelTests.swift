import JSON
import Layers
import Tensors
import Testing
import Video
import VisionLanguage

/// What must hold of any configuration, without a reference.
@Suite struct QwenModelTests {
  let fixture: QwenFixture
  var input: PreparedInput { fixture.batch.samples[0].input }

  init() throws { fixture = try QwenFixture("qwen-merge-1-tied") }

  @Test func capturingChangesNoBit() throws {
    let plain = try fixture.model.forward(input).logits().values
    let (pass, maps) = try fixture.model.attentionMaps(input)
    #expect(pass.logits().values == plain)
    let attention = try TextToVisionAttention(fixture.model, input, rows: [70, 76])
    let aligned = try fixture.model.forward(input, probe: attention.probe)
    #expect(aligned.logits().values == plain)
    #expect(maps.shape == [3, 4, 77, 77])
    // The future is invisible, and each row is a distribution.
    for row in 0..<77 {
      let weights = maps.slice(2, row..<row + 1).slice(3, 0..<row + 1).sum().scalar
      #expect(abs(weights - 12) < 1e-4)
    }
  }

  @Test func fewRowsAgreeWithAll() throws {
    let all = try fixture.model.forward(input).logits()
    let some = try fixture.model.forward(input, rows: [76, 3, 40])
    #expect(some.rows == [3, 40, 76])
    expectClose(some.logits(atRows: [40, 76]), all.rows([40, 76]), 1e-5, "logits")
  }

  @Test func alignmentMapsAreTheirPartOfTheAttention() throws {
    let columns = try fixture.model.layout(of: input).visionColumns
    #expect(columns == Array(3..<23) + Array(28..<70))
    let rows = [76, 71]
    let attention = try TextToVisionAttention(fixture.model, input, rows: rows)
    let pass = try fixture.model.forward(input, rows: [75], probe: attention.probe)
    #expect(pass.rows == [75])
    let (_, maps) = try fixture.model.attentionMaps(input)
    let found = attention.maps  // [layers, heads, rows, vision tokens]
    #expect(found.shape == [3, 4, 2, 62])
    var wanted: [Float] = []
    for layer in 0..<3 {
      for head in 0..<4 {
        for row in rows { wanted += columns.map { maps[layer, head, row, $0] } }
      }
    }
    expectClose(found, Tensor(shape: found.shape, values: wanted), 1e-5, "maps")
  }

  @Test func featuresAreReusable() throws {
    let features = try fixture.model.visionFeatures(input)
    let plain = try fixture.model.forward(input).logits().values
    #expect(try fixture.model.forward(input, features: features).logits().values == plain)
  }

  @Test func cachedContinuationAgreesWithReadingAll() throws {
    var long = input
    var generated: [Int] = []
    for _ in 0..<24 {
      let logits = try fixture.model.forward(long, rows: [long.tokens.count - 1]).logits()
      generated.append(logits.argmax()[0])
      long.tokens.append(generated.last!)
    }
    #expect(try fixture.model.generate(input, maxNewTokens: 24) == generated)
    #expect(
      try fixture.model.generate(input, maxNewTokens: 24, stop: [generated[2]]).count
        == generated.firstIndex(of: generated[2]))
  }

  @Test func optionScoresAgreeWithReadingAll() throws {
    let options = [[7], [9, 4, 22], [9, 5]]
    let scores = try fixture.model.scores(of: options, after: input)
    for (option, score) in zip(options, scores) {
      var long = input
      long.tokens += option
      let rows = option.indices.map { input.tokens.count - 1 + $0 }
      let logs = try fixture.model.forward(long, rows: rows).logits().logSoftmaxValues()
      let wanted = option.enumerated().map { Double(logs[$0.offset, $0.element]) }
      for (a, b) in zip(score.logProbabilities, wanted) { #expect(abs(a - b) < 1e-4) }
      #expect(abs(score.mean - score.sum / Double(option.count)) < 1e-12)
    }
  }

  @Test func frozenTowerGetsNoGradient() throws {
    let model = fixture.model
    for parameter in model.parameters(of: [.visionTower]) { parameter.isTrainable = false }
    let gradients = Gradients()
    let labels = fixture.batch.samples[0].labels
    gradients.backward(from: try model.forward(input, labels: labels).loss)
    for parameter in model.store.parameters {
      let isTower = model.part(ofParameter: parameter.name) == .visionTower
      #expect((gradients[parameter] == nil) == isTower, "\(parameter.name)")
    }
    #expect(!model.parameters(of: [.merger]).isEmpty && !model.parameters(of: [.decoder]).isEmpty)
  }

  @Test func wrongInputsAreExplained() throws {
    func expect(_ words: String, _ body: () throws -> Void) throws {
      let error = #expect(throws: VisionLanguageError.self, performing: body)
      #expect(try #require(error).description.contains(words), "\(String(describing: error))")
    }
    let model = fixture.model
    var short = input
    short.tokens.remove(at: 5)
    try expect("19 image placeholder tokens") { _ = try model.forward(short) }
    var strange = input
    strange.tokens[0] = 56
    try expect("outside the vocabulary of 56") { _ = try model.forward(strange) }
    try expect("row 77") { _ = try model.forward(input, rows: [77]) }
    try expect("row -1") {
      let attention = try TextToVisionAttention(model, input, rows: [-1])
      _ = try model.forward(input, probe: attention.probe)
    }
    try expect("is empty") {
      _ = try TextToVisionAttention(model, PreparedInput(tokens: [1, 2]), rows: [0])
    }
    try expect("vision features") {
      _ = try model.forward(input, features: Tensor.zeros([3, 32]))
    }
    try expect("is empty") { _ = try model.forward(PreparedInput(tokens: [])) }
    try expect("is empty") { _ = try model.scores(of: [[]], after: input) }
    var narrow = input
    narrow.videos[0].patches = Tensor.zeros([42, 95])
    try expect("[42, 96]") { _ = try model.visionFeatures(narrow) }
  }

  @Test func splitRunIsExplained() throws {
    var split = input
    split.tokens.swapAt(20, 24)  // an image token changes places with text
    #expect(throws: VisionLanguageError.self) { try fixture.model.layout(of: split) }
  }

  /// The example of the reference library's documentation: 25 tokens per second, 2 seconds a step.
  @Test func documentedTemporalPositions() throws {
    var configuration = fixture.configuration
    configuration.vision.tokensPerSecond = 25
    let video = VisionInput(
      patches: .zeros([12, 96]), grid: TokenGrid(frames: 3, height: 2, width: 2),
      secondsPerStep: 2)
    let input = PreparedInput(
      tokens: [Int](repeating: configuration.videoToken, count: 12) + [1], videos: [video])
    var layout = try configuration.layout(of: input)
    let times = layout.positions.prefix(12).map(\.x)
    #expect(times == [0, 0, 0, 0, 50, 50, 50, 50, 100, 100, 100, 100])
    #expect(layout.positions[3] == RotaryPosition(0, 1, 1))
    #expect(layout.positions[12] == RotaryPosition(101, 101, 101))
    #expect(layout.nextPosition == 102)
    configuration.textPosition = .spatial
    layout = try configuration.layout(of: input)
    #expect(layout.positions[12] == RotaryPosition(2, 2, 2))
  }

  @Test func randomModelIsReproducible() throws {
    let key = StreamKey(seed: 3, command: "test")
    let one = try Qwen25VL.Model(fixture.configuration, source: .random(key))
    let two = try Qwen25VL.Model(fixture.configuration, source: .random(key), naming: .nested)
    #expect(one.store.parameters.map(\.count) == two.store.parameters.map(\.count))
    #expect(one.store.parameters[0].name == "visual.patch_embed.proj.weight")
    #expect(two.store.parameters[0].name == "model.visual.patch_embed.proj.weight")
    let again = try Qwen25VL.Model(fixture.configuration, source: .random(key))
    #expect(
      try one.forward(input).logits().values == again.forward(input).logits().values)
  }
}
