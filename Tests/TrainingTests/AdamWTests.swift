import Foundation
import Layers
import Tensors
import Testing
import Training

@Suite struct AdamWTests {
  /// Against the update in double precision: two groups, a clipping factor, a missing gradient.
  @Test func followsADoublePrecisionReference() throws {
    let key = StreamKey(seed: 3, command: "adamw")
    let a = Parameter(name: "a", .normal([3, 5], key: key.child("a")))
    let b = Parameter(name: "b", .normal([7], key: key.child("b")))
    let still = Parameter(name: "still", .normal([2], key: key.child("still")))
    let before = still.data.values
    let optimiser = AdamW([
      ParameterGroup(name: "one", parameters: [a, still], learningRate: 0.02, weightDecay: 0.1),
      ParameterGroup(name: "two", parameters: [b], learningRate: 0.005, weightDecay: 0),
    ])
    var reference = [
      Reference(a.data.values, rate: 0.02, decay: 0.1),
      Reference(b.data.values, rate: 0.005, decay: 0),
    ]
    for step in 1...25 {
      let gradients = [
        Tensor.normal([3, 5], key: key.child("ga", step)),
        Tensor.normal([7], key: key.child("gb", step)),
      ]
      let scale = 1 / Float(step)
      try optimiser.update([gradients[0], nil, gradients[1]], scale: scale, gradientScale: 0.5)
      for i in 0..<2 {
        reference[i].update(gradients[i].values.map { 0.5 * Double($0) }, scale: Double(scale))
      }
    }
    for (parameter, expected) in zip([a, b], reference) {
      for (x, y) in zip(parameter.data.values, expected.values) {
        #expect(abs(Double(x) - y) <= 2e-6 * max(1, abs(y)), "\(parameter.name)")
      }
    }
    #expect(still.data.values == before)
    #expect(optimiser.step == 25)
  }

  private struct Reference {
    var values: [Double]
    var first: [Double]
    var second: [Double]
    let rate: Double
    let decay: Double
    var step = 0.0

    init(_ values: [Float], rate: Double, decay: Double) {
      self.values = values.map(Double.init)
      (first, second) = (self.values.map { _ in 0 }, self.values.map { _ in 0 })
      (self.rate, self.decay) = (rate, decay)
    }

    mutating func update(_ gradient: [Double], scale: Double) {
      step += 1
      for i in values.indices {
        first[i] = 0.9 * first[i] + 0.1 * gradient[i]
        second[i] = 0.999 * second[i] + 0.001 * gradient[i] * gradient[i]
        let mean = first[i] / (1 - pow(0.9, step))
        let power = second[i] / (1 - pow(0.999, step))
        values[i] *= 1 - rate * scale * decay
        values[i] -= rate * scale * mean / (power.squareRoot() + 1e-8)
      }
    }
  }

  @Test func scheduleWarmsUpAndFallsByACosine() {
    let schedule = LearningRateSchedule.cosine(warmupRatio: 0.03, floor: 0.1)
    func factor(_ step: Int) -> Float { schedule.factor(step: step, of: 100) }
    #expect(factor(0) == 1 / Float(3))
    #expect(factor(2) == 1)
    #expect(factor(3) == 1)
    for step in [4, 20, 51, 99] {
      let expected = 0.1 + 0.45 * (1 + cos(Double.pi * Double(step - 3) / 97))
      #expect(abs(Double(factor(step)) - expected) <= 1e-6, "step \(step)")
    }
    #expect(LearningRateSchedule.constant.factor(step: 7, of: 9) == 1)
    let short = LearningRateSchedule.cosine(warmupRatio: 0).factor(step: 0, of: 1)
    #expect(short == 1)
  }
}
