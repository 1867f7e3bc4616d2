import JSON
import Layers
import Tensors
import Testing
import VisionLanguage

/// Against transformers 5.24 on tiny random configurations, every element.
@Suite struct QwenParityTests {
  static let forwardTolerance: Float = 1e-4
  static let gradientTolerance: Float = 1e-3

  @Test(arguments: QwenFixture.names)
  func positions(_ name: String) throws {
    let fixture = try QwenFixture(name)
    guard let shape = fixture.file.find("out.positions")?.shape else { return }
    let values = try fixture.file.integers("out.positions")  // [3, batch, tokens]
    for (row, sample) in fixture.batch.samples.enumerated() {
      let layout = try fixture.model.layout(of: sample.input)
      for (token, place) in sample.places.enumerated() {
        let wanted = RotaryPosition(
          values[(0 * shape[1] + row) * shape[2] + place],
          values[(1 * shape[1] + row) * shape[2] + place],
          values[(2 * shape[1] + row) * shape[2] + place])
        #expect(layout.positions[token] == wanted, "sample \(row), token \(token)")
      }
    }
  }

  @Test(arguments: QwenFixture.names)
  func visionFeatures(_ name: String) throws {
    let fixture = try QwenFixture(name)
    let inputs = fixture.batch.samples.map(\.input)
    for (kind, items) in [
      ("image", inputs.flatMap(\.images)), ("video", inputs.flatMap(\.videos)),
    ] where !items.isEmpty {
      let found = Tensor.concatenate(
        try items.map { try fixture.model.visionFeatures($0) }, axis: 0)
      expectClose(
        found, try fixture.expected("out.\(kind)_features"), Self.forwardTolerance, kind)
    }
  }

  @Test(arguments: QwenFixture.names)
  func logitsAndAttention(_ name: String) throws {
    let fixture = try QwenFixture(name)
    let logits = try fixture.expected("out.logits")  // [batch, tokens, vocabulary]
    for (row, sample) in fixture.batch.samples.enumerated() {
      let pass = try fixture.model.forward(sample.input)
      let wanted = logits.slice(0, row..<row + 1).reshaped([logits.shape[1], logits.shape[2]])
        .rows(sample.places)
      expectClose(pass.logits(), wanted, Self.forwardTolerance, "logits of sample \(row)")
      if fixture.batch.samples.count == 1 {
        let (_, maps) = try fixture.model.attentionMaps(sample.input)
        expectClose(
          maps, try fixture.expected("out.attentions"), Self.forwardTolerance, "attentions")
      }
    }
  }

  @Test(arguments: QwenFixture.names)
  func lossAndGradients(_ name: String) throws {
    let fixture = try QwenFixture(name)
    let samples = fixture.batch.samples
    let kept = samples.map { ForwardPass.rowsPredicting($0.labels).count }
    let gradients = Gradients()
    var loss = Tensor(0)
    for (sample, count) in zip(samples, kept) {
      let attention =
        fixture.alignmentRows.isEmpty
        ? nil
        : try TextToVisionAttention(fixture.model, sample.input, rows: fixture.alignmentRows)
      let (own, _) = try fixture.model.forward(
        sample.input, labels: sample.labels, probe: attention?.probe ?? .none)
      let share = Float(count) / Float(kept.reduce(0, +))
      loss = loss + own * share
      var objective = own * share
      if let maps = attention?.maps {
        expectClose(maps, try fixture.expected("out.maps"), Self.forwardTolerance, "maps")
        objective = objective + (maps * (try fixture.expected("in.maps_cotangent"))).sum()
      }
      gradients.backward(from: objective)
    }
    expectClose(loss, try fixture.expected("out.loss"), Self.forwardTolerance, "loss")
    let keys = fixture.file.names.filter { $0.hasPrefix("grad.") }
    #expect(!keys.isEmpty)
    for parameter in fixture.model.store.parameters {
      guard fixture.has("grad." + parameter.name) else {
        #expect(gradients[parameter] == nil, "\(parameter.name) should have no gradient")
        continue
      }
      let found = try #require(gradients[parameter], "no gradient of \(parameter.name)")
      expectClose(
        found, try fixture.expected("grad." + parameter.name), Self.gradientTolerance,
        "gradient of \(parameter.name)")
    }
    #expect(
      Set(keys).isSubset(of: fixture.model.store.parameters.map { "grad." + $0.name }))
  }

  @Test func generation() throws {
    let fixture = try QwenFixture("qwen-spatial")
    let found = try fixture.model.generate(fixture.batch.samples[0].input, maxNewTokens: 8)
    #expect(try found == fixture.file.integers("out.generated"))
  }
}
