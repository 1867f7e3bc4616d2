import Capture
import Tensors
import Testing

/// Probes on a pass written out by hand.
@Suite struct ProbeTests {
  private let table =
    ActivationTable.states("embeddings.output", 4)
    + .stack("blocks", 3, of: ActivationPoint.selfAttention(heads: 2, headDim: 2) + [.output(4)])

  /// Three blocks whose outputs are 0, 1 and 2.
  /// - Returns: how many activations were computed
  private func pass(_ probe: Probe) throws -> Int {
    var computed = 0
    func tensor(_ shape: [Int], _ value: Float) -> Tensor {
      computed += 1
      return Tensor.full(shape, value)
    }
    try probe["embeddings"].record("output", tensor([1, 5, 4], 9))
    let inside = probe["blocks"]
    for block in 0..<3 {
      let at = inside[block]
      try at.record("queries", tensor([1, 5, 2, 2], Float(block)))
      try at.record("keys", tensor([1, 5, 2, 2], Float(block)))
      try at.record("output", tensor([1, 5, 4], Float(block)))
    }
    return computed
  }

  @Test func onlyWhatIsSelectedIsComputed() throws {
    var seen: [String] = []
    let selection = try ActivationSelection("blocks.{0,2}.output", of: table)
    #expect(try pass(Probe(selection) { point, _ in seen.append(point.address) }) == 2)
    #expect(seen == ["blocks.0.output", "blocks.2.output"])
    #expect(try pass(.none) == 0)
    #expect(!Probe.none.isActive && !Probe.none["blocks"][1].wants("output"))
  }

  @Test func anErrorOfTheConsumerStopsThePass() throws {
    struct Enough: Error {}
    var seen = 0
    let selection = try ActivationSelection("blocks.*.output", of: table)
    #expect(throws: Enough.self) {
      try pass(
        Probe(selection) { _, _ in
          seen += 1
          if seen == 2 { throw Enough() }
        })
    }
    #expect(seen == 2)
  }

  @Test func blocksAreHandedOverAtOnce() throws {
    var seen: [Int] = []
    let selection = try ActivationSelection("blocks.*.{queries,keys}", of: table)
    let probe = Probe.eachBlock(of: selection) { block, found in
      #expect(found.keys.sorted() == ["keys", "queries"])
      #expect(found.values.allSatisfy { $0[0, 0, 0, 0] == Float(block) })
      seen.append(block)
    }
    #expect(try pass(probe) == 6)
    #expect(try pass(probe) == 6)
    #expect(seen == [0, 1, 2, 0, 1, 2])
  }

  @Test func collectionsJoinPassesAlongTheBatch() throws {
    let found = CollectedActivations()
    let probe = found.probe(try ActivationSelection("*.output,blocks.1.output", of: table))
    _ = try pass(probe)
    #expect(found["embeddings.output"]?.shape == [1, 5, 4])
    _ = try pass(probe)
    #expect(found["embeddings.output"]?.shape == [2, 5, 4])
    #expect(found.all(at: "blocks.1.output").map(\.shape) == [[1, 5, 4], [1, 5, 4]])
    #expect(found["blocks.2.output"] == nil)
    found.add(Tensor.zeros([1, 6, 4]), at: table.points[0])
    #expect(found["embeddings.output"] == nil && found.all(at: "embeddings.output").count == 3)
  }

  @Test func shapesAreComparedWithTheDeclaredOnes() throws {
    let point = try #require(table.points.first { $0.address == "blocks.0.attention" })
    #expect(point.shapeDescription == "[batch, heads=2, queries, keys]")
    #expect(point.name == "attention" && point.block == 0)
    #expect(point.mismatch([3, 2, 5, 7]) == nil)
    #expect(
      point.mismatch([3, 4, 5, 7])
        == "blocks.0.attention: shape [3, 4, 5, 7], declared [batch, heads=2, queries, keys]: "
        + "heads is 4")
    #expect(point.mismatch([2, 5, 7]) != nil)
    let square = ActivationPoint("square", [.tokens, .tokens])
    #expect(square.mismatch([3, 3]) == nil && square.mismatch([3, 4]) != nil)
  }

  @Test func attentionIsShownWithTheBitsThatAreUsed() throws {
    let key = StreamKey(seed: 2, command: "probe")
    let q = Tensor.normal([2, 150, 2, 2], key: key.child("q"))
    let k = Tensor.normal([2, 150, 2, 2], key: key.child("k"))
    let v = Tensor.normal([2, 150, 2, 2], key: key.child("v"))
    let found = CollectedActivations()
    let probe = found.probe(
      try ActivationSelection("blocks.1.{queries,keys,attention}", of: table))
    for mask in [AttentionMask.none, .causal] {
      let plain = Tensor.attention(q, k, v, mask: mask)
      let watched = try probe["blocks"][1].attention(q, k, v, mask: mask)
      #expect(plain.values.map(\.bitPattern) == watched.values.map(\.bitPattern))
    }
    #expect(found.all(at: "blocks.1.queries")[1].values == q.values)
    let maps = found.all(at: "blocks.1.attention")
    #expect(maps[0].values == Tensor.attentionWeights(q, k).values)
    // A query sees no later key.
    for (query, next) in [(0, 1), (130, 131), (148, 149)] {
      let later = maps[1].slice(2, query..<query + 1).slice(3, next..<150)
      #expect(later.values.allSatisfy { $0 == 0 })
    }
    for sum in maps[1].sum(axes: [3]).values { #expect(abs(sum - 1) < 1e-5) }
  }
}
