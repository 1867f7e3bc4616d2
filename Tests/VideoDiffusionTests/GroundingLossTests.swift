import Tensors
import TestSupport
import Testing
import VideoDiffusion

/// The loss on where words look, against its definition.
@Suite struct GroundingLossTests {
  private static let key = StreamKey(seed: 5, command: "grounding")
  private let text = 3
  private let vision = 4
  private let heads = 2
  private let width = 5
  private let words = [
    GroundedWord(token: 2, area: [0.5, 0, 0.25, 0.25]), GroundedWord(token: 0, area: [0, 1, 0, 0]),
  ]

  /// Mean over layers and words of `-sum(area log(mean over heads of softmax over vision))`.
  private func expected(_ inputs: [Grid]) -> Grid {
    let layers = inputs.count / 2
    var total = 0.0
    for layer in 0..<layers {
      let (queries, keys) = (inputs[2 * layer], inputs[2 * layer + 1])
      for word in words {
        var mean = [Double](repeating: 0, count: vision)
        for head in 0..<heads {
          let scores = (0..<vision).map { cell in
            (0..<width).reduce(0.0) {
              $0 + queries[0, word.token, head, $1] * keys[0, text + cell, head, $1]
            } / Double(width).squareRoot()
          }
          let powers = scores.map { ScalarMath.exp($0) }
          let sum = powers.reduce(0, +)
          for cell in 0..<vision { mean[cell] += powers[cell] / sum / Double(heads) }
        }
        for cell in 0..<vision {
          total -= Double(word.area[cell]) * ScalarMath.log(mean[cell] + 1e-6)
        }
      }
    }
    return Grid(total / Double(layers * words.count))
  }

  @Test func valueAndGradientsFollowTheDefinition() throws {
    let shape = [1, text + vision, heads, width]
    let inputs = (0..<4).map { Tensor.normal(shape, key: Self.key.child("input", $0)) }
    try checkOperation("grounding", inputs) { inputs in
      let loss = GroundingLoss(words, textTokens: text)
      loss.append(queries: inputs[0], keys: inputs[1])
      loss.append(queries: inputs[2], keys: inputs[3])
      return loss.mean!
    } reference: {
      expected($0)
    }
  }

  /// One head that looks at the place is enough to be better than all looking everywhere.
  @Test func theHeadsMayShareTheWork() {
    func loss(_ strengths: [Float]) -> Float {
      let queries = Tensor(shape: [1, 5, 2, 1], values: (0..<10).map { strengths[$0 % 2] })
      let keys = Tensor(shape: [1, 5, 2, 1], values: [0, 0, 0, 0, 0, 0, 1, 1, 0, 0])
      let loss = GroundingLoss([GroundedWord(token: 0, area: [0, 1, 0])], textTokens: 2)
      loss.append(queries: queries, keys: keys)
      return loss.mean!.scalar
    }
    let (none, one, both) = (loss([0, 0]), loss([9, 0]), loss([9, 9]))
    #expect(both < one && one < none)
  }
}
