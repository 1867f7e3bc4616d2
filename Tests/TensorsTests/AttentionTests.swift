import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct AttentionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var batch = 1
    var queries = 3
    var keys = 4
    var heads = 2
    var keyHeads = 2
    var headDim = 4
    var testDescription: String {
      "\(batch) x \(queries) queries, \(keys) keys, \(heads)/\(keyHeads) heads of \(headDim)"
    }
    var query: Tensor { draw([batch, queries, heads, headDim], 1) }
    var key: Tensor { draw([batch, keys, keyHeads, headDim], 2) }
    var value: Tensor { draw([batch, keys, keyHeads, headDim], 3) }
  }

  static let cases = [
    Case(), Case(batch: 2, queries: 1, keys: 1), Case(heads: 4, keyHeads: 2),
    Case(heads: 3, keyHeads: 1, headDim: 3), Case(queries: 0), Case(batch: 0),
    Case(queries: 5, keys: 9, headDim: 1), Case(queries: 2, keys: 17, heads: 1, keyHeads: 1),
  ]

  /// Softmax of the scores in double precision, `[batch, heads, queries, keys]`. `hides` and
  /// `bias` get batch, query and key.
  private static func weights(
    _ q: Grid, _ k: Grid, scale: Double, hides: (Int, Int) -> Bool = { _, _ in false },
    bias: (Int, Int, Int) -> Double = { _, _, _ in 0 }
  ) -> Grid {
    let (heads, keys, headDim) = (q.shape[2], k.shape[1], q.shape[3])
    let group = heads / max(k.shape[2], 1)
    return Grid([q.shape[0], heads, q.shape[1], keys]) { index in
      let (b, h, i, j) = (index[0], index[1], index[2], index[3])
      let row = (0..<keys).map { j -> Double in
        if hides(i, j) { return 0 }
        let score = (0..<headDim).reduce(0) { $0 + q[b, i, h, $1] * k[b, j, h / group, $1] }
        return exp(score * scale + bias(b, i, j))
      }
      let sum = row.reduce(0, +)
      return sum == 0 ? 0 : row[j] / sum
    }
  }

  private static func mix(_ p: Grid, _ v: Grid) -> Grid {
    let group = p.shape[1] / max(v.shape[2], 1)
    return Grid([p.shape[0], p.shape[2], p.shape[1], v.shape[3]]) { index in
      let (b, i, h, d) = (index[0], index[1], index[2], index[3])
      return (0..<v.shape[1]).reduce(0) { $0 + p[b, h, i, $1] * v[b, $1, h / group, d] }
    }
  }

  @Test(arguments: cases) func unmasked(_ c: Case) throws {
    try checkOperation(
      "attention", [c.query, c.key, c.value], { .attention($0[0], $0[1], $0[2], scale: 0.7) },
      reference: { Self.mix(Self.weights($0[0], $0[1], scale: 0.7), $0[2]) })
  }

  @Test(arguments: cases) func causal(_ c: Case) throws {
    let shift = c.keys - c.queries
    try checkOperation(
      "causal attention", [c.query, c.key, c.value],
      { .attention($0[0], $0[1], $0[2], mask: .causal) },
      reference: {
        let scale = 1 / Double(c.headDim).squareRoot()
        return Self.mix(
          Self.weights($0[0], $0[1], scale: scale, hides: { $1 > $0 + shift }), $0[2])
      })
  }

  /// Fewer keys than queries: the first queries see nothing and give 0.
  @Test func causalWithFewerKeys() throws {
    let c = Case(queries: 5, keys: 3)
    let y = Tensor.attention(c.query, c.key, c.value, mask: .causal)
    #expect(y.slice(1, 0..<2).values.allSatisfy { $0 == 0 })
    #expect(y.slice(1, 2..<5).values.allSatisfy { $0 != 0 && $0.isFinite })
  }

  @Test(arguments: [true, false]) func additive(perSample: Bool) throws {
    let c = Case(batch: 2, queries: 3, keys: 5)
    let shape = perSample ? [2, 3, 5] : [3, 5]
    var values = draw(shape, 4).values
    values[1] = -.infinity
    let bias = Tensor(shape: shape, values: values)
    let exact = Grid(bias)
    try checkOperation(
      "additive mask", [c.query, c.key, c.value],
      { .attention($0[0], $0[1], $0[2], mask: .additive(bias)) },
      reference: {
        let p = Self.weights(
          $0[0], $0[1], scale: 0.5, bias: { perSample ? exact[$0, $1, $2] : exact[$1, $2] })
        return Self.mix(p, $0[2])
      })
  }

  @Test(arguments: cases) func weightsWithHistory(_ c: Case) throws {
    try checkOperation(
      "attentionWeights", [c.query, c.key], { .attentionWeights($0[0], $0[1], scale: 0.7) },
      reference: { Self.weights($0[0], $0[1], scale: 0.7) })
    for shape in [[c.queries, c.keys], [c.batch, c.queries, c.keys]] {
      try checkOperation(
        "attentionWeights with bias", [c.query, c.key, draw(shape, 5)],
        { .attentionWeights($0[0], $0[1], bias: $0[2], scale: 0.7) },
        reference: { x in
          Self.weights(
            x[0], x[1], scale: 0.7,
            bias: { shape.count == 3 ? x[2][$0, $1, $2] : x[2][$1, $2] })
        })
    }
  }

  /// More rows than one block, so that blocks, observers and gradients meet at their borders.
  private let long = Case(batch: 2, queries: 150, keys: 150, heads: 4, keyHeads: 2, headDim: 8)

  private static let masks: [(String, AttentionMask)] = [
    ("none", .none), ("causal", .causal), ("additive", .additive(draw([150, 150], 9))),
  ]

  @Test(arguments: [0, 1, 2]) func watchingChangesNoBit(_ mask: Int) {
    let mask = Self.masks[mask].1
    let (q, k, v) = (long.query, long.key, long.value)
    let silent = Tensor.attention(q, k, v, mask: mask)
    var seen = 0
    let watched = Tensor.attention(q, k, v, mask: mask) { _, _, rows, weights, keys in
      for row in 0..<rows.count {
        let sum = (0..<keys).reduce(Float(0)) { $0 + weights[row * keys + $1] }
        if abs(sum - 1) < 1e-4 { seen += 1 }
      }
    }
    #expect(bits(silent) == bits(watched))
    #expect(seen == 2 * 4 * 150)
  }

  /// What an observer sees, what `attentionWeights` returns and what the output was made of.
  @Test func weightsAgreeEverywhere() throws {
    let (q, k, v) = (long.query, long.key, long.value)
    let maps = Tensor.attentionWeights(q, k)
    var different = 0
    let output = Tensor.attention(q, k, v) { b, head, rows, weights, keys in
      for row in rows {
        for j in 0..<keys
        where weights[(row - rows.lowerBound) * keys + j] != maps[b, head, row, j] {
          different += 1
        }
      }
    }
    #expect(different == 0)
    let mixed = Self.mix(Grid(maps), Grid(v))
    try compare("weights times values", output, mixed, 1e-5)
  }

  /// Gradients over several blocks equal those of the same attention built from simple parts.
  @Test func gradientsOfSeveralBlocks() throws {
    let (q, k, v) = (long.query, long.key, long.value)
    let cotangent = draw(q.shape, 6)
    func gradients(_ attend: (Tensor, Tensor, Tensor) -> Tensor) -> [Tensor] {
      let p = [q, k, v].map { Parameter(name: "p", $0) }
      let sink = Gradients()
      sink.backward(from: attend(p[0].tensor, p[1].tensor, p[2].tensor), cotangent: cotangent)
      return p.map { sink[$0]! }
    }
    let fused = gradients { .attention($0, $1, $2) }
    let simple = gradients { q, k, v in
      func repeated(_ x: Tensor) -> Tensor {
        x.permuted([0, 2, 1, 3]).reshaped([2, 2, 1, 150, 8]).broadcast(to: [2, 2, 2, 150, 8])
          .reshaped([2, 4, 150, 8])
      }
      let scores = q.permuted([0, 2, 1, 3]).matmul(repeated(k), transposed: true)
      let p = (scores * (1 / Float(8).squareRoot())).softmax()
      return p.matmul(repeated(v)).permuted([0, 2, 1, 3])
    }
    for (a, b) in zip(fused, simple) { try compare("gradient", a, Grid(b), 1e-4) }
  }
}
