import Capture
import Foundation
import Tensors
import Testing
import VisionLanguage

/// Everything that can be read of a pass, for both architectures.
@Suite struct ActivationTests {
  private let names = ["qwen-two-videos", "qwen-longrope", "internvl-tiles", "internvl-full"]

  private func models() throws -> [(any VisionLanguageModel, [PreparedInput])] {
    try names.map { name in
      if name.hasPrefix("qwen") {
        let fixture = try QwenFixture(name)
        return (fixture.model, fixture.batch.samples.map(\.input))
      }
      let fixture = try InternVLFixture(name)
      return (fixture.model, fixture.batch.samples.map(\.input))
    }
  }

  private func probe(_ table: ActivationTable, _ found: CollectedActivations) throws -> Probe {
    found.probe(
      try ActivationSelection(
        table.points.map { try ActivationPattern($0.address) }, of: table))
  }

  @Test func readingEverythingChangesNoBit() throws {
    for (model, inputs) in try models() {
      for input in inputs where !input.images.isEmpty || !input.videos.isEmpty {
        func gradients(_ probe: Probe) throws -> (logits: [UInt32], gradients: [[UInt32]?]) {
          let pass = try model.forward(input, probe: probe)
          let sink = Gradients()
          let logits = pass.logits()
          sink.backward(from: logits.squared().mean())
          return (
            logits.values.map(\.bitPattern),
            model.store.parameters.map { sink[$0]?.values.map(\.bitPattern) }
          )
        }
        let found = CollectedActivations()
        let plain = try gradients(.none)
        let watched = try gradients(probe(model.activations, found))
        #expect(plain.logits == watched.logits)
        #expect(plain.gradients == watched.gradients)
        let parts = input.images.count + input.videos.count
        for point in model.activations.points {
          let count = found.all(at: point.address).count
          #expect(count == (point.components[0] == "vision" ? parts : 1), "\(point.address)")
        }
        for map in model.activations.points where map.name == "attention" {
          for part in found.all(at: map.address) {
            for sum in part.sum(axes: [3]).values { #expect(abs(sum - 1) <= 1e-5) }
          }
        }
      }
    }
  }

  /// The last layer's output through the last norm and the table of logits, by their formulas.
  @Test func theOutputOfTheLastLayerGivesTheLogits() throws {
    let fixture = try QwenFixture("qwen-two-videos")
    let (model, input) = (fixture.model, fixture.batch.samples[0].input)
    let found = CollectedActivations()
    let pass = try model.forward(input, probe: probe(model.activations, found))
    let text = fixture.configuration.text
    let hidden = try #require(found["layers.\(text.layers - 1).output"])
    func weight(_ name: String) throws -> Tensor {
      try #require(model.store.parameters.first { $0.name == name }).tensor.detached()
    }
    let (scale, table) = (
      try weight("model.norm.weight").values, try weight("lm_head.weight").values
    )
    let (tokens, width) = (hidden.shape[1], hidden.shape[2])
    let values = hidden.values
    var expected: [Float] = []
    for token in 0..<tokens {
      let line = values[token * width..<(token + 1) * width].map(Double.init)
      let mean = line.reduce(0) { $0 + $1 * $1 } / Double(width)
      let root = (mean + Double(text.normEpsilon)).squareRoot()
      for word in 0..<text.vocabulary {
        var sum = 0.0
        for channel in 0..<width {
          sum +=
            line[channel] / root * Double(scale[channel])
            * Double(table[word * width + channel])
        }
        expected.append(Float(sum))
      }
    }
    expectClose(
      pass.logits(), Tensor(shape: [tokens, text.vocabulary], values: expected), 1e-4, "logits")
  }

  /// Causal attention with grouped keys, from captured queries and keys in double precision.
  @Test func attentionFollowsFromQueriesAndKeys() throws {
    let fixture = try QwenFixture("qwen-merge-1-tied")
    let (model, input) = (fixture.model, fixture.batch.samples[0].input)
    let found = CollectedActivations()
    _ = try model.forward(input, probe: probe(model.activations, found))
    let text = fixture.configuration.text
    for layer in 0..<text.layers {
      let q = try #require(found["layers.\(layer).queries"])
      let k = try #require(found["layers.\(layer).keys"])
      let map = try #require(found["layers.\(layer).attention"])
      let tokens = q.shape[1]
      let (qs, ks) = (q.values, k.values)
      var expected: [Float] = []
      for head in 0..<text.heads {
        let group = head / (text.heads / text.keyHeads)
        for query in 0..<tokens {
          let powers = (0..<tokens).map { key -> Double in
            guard key <= query else { return 0 }
            let mine = (query * text.heads + head) * text.headDim
            let its = (key * text.keyHeads + group) * text.headDim
            let score = (0..<text.headDim).reduce(0.0) {
              $0 + Double(qs[mine + $1]) * Double(ks[its + $1])
            }
            return exp(score / Double(text.headDim).squareRoot())
          }
          let sum = powers.reduce(0, +)
          expected += powers.map { Float($0 / sum) }
        }
      }
      expectClose(map, Tensor(shape: map.shape, values: expected), 1e-5, "layer \(layer)")
    }
  }

  @Test func givenFeaturesLeaveTheDecoderToBeRead() throws {
    let fixture = try QwenFixture("qwen-two-videos")
    let input = fixture.batch.samples[0].input
    let features = try fixture.model.visionFeatures(input)
    let found = CollectedActivations()
    let selection = try ActivationSelection("norm.output", of: fixture.model.activations)
    let pass = try fixture.model.forward(
      input, features: features, rows: [4, 2], probe: found.probe(selection))
    #expect(found["norm.output"]?.values == pass.hidden.values)
  }
}
