import MotionEnhancer
import Tensors
import Testing
import Video

@Suite struct PriorTests {
  private static let grid = TokenGrid(frames: 3, height: 2, width: 2)
  private static let (text, heads, headDim) = (4, 2, 8)
  private static let tokens = text + grid.count
  private static let key = StreamKey(seed: 4, command: "prior")

  private func replay(
    _ scope: AttentionScope, steps: Int = 2, layers: Int = 3, streams: Int = 2,
    memoryLimit: Int = 1 << 28
  ) throws -> AttentionReplay {
    var replay = AttentionReplay(
      textTokens: Self.text, grid: Self.grid, heads: Self.heads, scope: scope,
      memoryLimit: memoryLimit)
    let shape = [1, Self.tokens, Self.heads, Self.headDim]
    for step in 0..<steps {
      for layer in 0..<layers {
        let key = Self.key.child("record", 10 * step + layer)
        try replay.append(
          .init(
            step: step, layer: layer, queries: .normal(shape, key: key.child("q")),
            keys: .normal([streams] + shape.dropFirst(), key: key.child("k"))))
      }
    }
    return replay
  }

  /// The weights that attention itself shows, `[heads][queries, keys]` flattened.
  private func observed(_ record: AttentionReplay.Record, _ scope: AttentionScope) -> [[Float]] {
    // Back to [streams, tokens, heads, headDim].
    let stored = record.keys.permuted([0, 2, 1, 3])
    let queries = record.queries.permuted([1, 0, 2])
      .reshaped([1, Self.tokens, Self.heads, Self.headDim])
    var keys = stored.slice(0, 0..<1)
    if scope == .joint && stored.shape[0] > 1 {
      keys = Tensor.concatenate([keys, stored.slice(0, 1..<2)], axis: 1)
    }
    var maps = [[Float]](
      repeating: [Float](repeating: 0, count: Self.tokens * Self.tokens), count: Self.heads)
    _ = Tensor.attention(queries, keys, keys) { _, head, rows, weights, width in
      for (i, row) in rows.enumerated() {
        for column in 0..<Self.tokens {
          maps[head][row * Self.tokens + column] = weights[i * width + column]
        }
      }
    }
    return maps
  }

  @Test(arguments: AttentionScope.allCases, [1, 2])
  func replayIsWhatAttentionShows(_ scope: AttentionScope, streams: Int) throws {
    let replay = try replay(scope, streams: streams)
    for record in replay.records {
      let expected = observed(record, scope)
      for head in 0..<Self.heads {
        for rows in [0..<Self.tokens, 3..<9, 15..<16] {
          let found = replay.weights(record, head: head, rows: rows)
          #expect(found.shape == [rows.count, Self.tokens])
          let wanted = expected[head][rows.lowerBound * Self.tokens..<rows.upperBound * Self.tokens]
          #expect(zip(found.values, wanted).allSatisfy { abs($0 - $1) <= 1e-6 })
        }
      }
      let sums = replay.weights(record, head: 0, rows: 0..<1).values.reduce(0, +)
      #expect(scope == .own || streams == 1 ? abs(sums - 1) <= 1e-5 : sums < 0.999)
    }
  }

  private func prior(
    _ identity: HeadIdentity, _ order: ScoreOrder, memoryLimit: Int = 1 << 28
  ) throws -> MotionPrior {
    try PriorBuilder(identity: identity, order: order).build(
      replay(.own, memoryLimit: memoryLimit),
      tokens: (0..<Self.text).map {
        PriorToken(text: "t", span: $0..<$0 + 1, isCandidate: $0 < Self.text - 1)
      }, reconstructionError: 0.5)
  }

  /// The mean map of some records and its metrics, from whole observed maps.
  private func naive(
    _ records: [AttentionReplay.Record], head: Int
  ) -> (text: [Float], metrics: HeadMetrics) {
    var mean = [Double](repeating: 0, count: Self.tokens * Self.tokens)
    for record in records {
      for (i, value) in observed(record, .own)[head].enumerated() {
        mean[i] += Double(value) / Double(records.count)
      }
    }
    func block(_ rows: Range<Int>) -> [Float] {
      rows.flatMap { row in
        (Self.text..<Self.tokens).map { Float(mean[row * Self.tokens + $0]) }
      }
    }
    return (
      block(0..<Self.text),
      NaiveHeadMetrics(grid: Self.grid, band: 0, map: block(Self.text..<Self.tokens)).metrics()
    )
  }

  private func expectEqual(_ a: HeadMetrics, _ b: HeadMetrics) {
    for path in [\HeadMetrics.focus, \.continuity, \.saliency] {
      #expect(abs(a[keyPath: path] - b[keyPath: path]) <= 1e-4, "\(a), expected \(b)")
    }
  }

  @Test(arguments: HeadIdentity.allCases, ScoreOrder.allCases)
  func buildsCandidates(_ identity: HeadIdentity, _ order: ScoreOrder) throws {
    let prior = try prior(identity, order)
    let records = try replay(.own).records
    let groups =
      identity == .byIndex
      ? [records] : (0..<3).map { layer in records.filter { $0.layer == layer } }
    #expect(prior.heads == groups.count * Self.heads)
    #expect(prior.textToVision.shape == [prior.heads, Self.text, Self.grid.count])
    #expect(prior.reconstructionError == 0.5)
    for (g, group) in groups.enumerated() {
      for head in 0..<Self.heads {
        let candidate = g * Self.heads + head
        let expected = naive(group, head: head)
        let found = prior.textToVision.slice(0, candidate..<candidate + 1).values
        #expect(zip(found, expected.text).allSatisfy { abs($0 - $1) <= 1e-6 })
        guard order == .scorePerStep else {
          expectEqual(prior.metrics[candidate], expected.metrics)
          continue
        }
        let single = group.map { naive([$0], head: head).metrics }
        func mean(_ path: KeyPath<HeadMetrics, Double>) -> Double {
          single.reduce(0) { $0 + $1[keyPath: path] } / Double(single.count)
        }
        expectEqual(
          prior.metrics[candidate],
          HeadMetrics(
            focus: mean(\.focus), continuity: mean(\.continuity), saliency: mean(\.saliency)))
      }
    }
  }

  /// Records beyond the limit of memory lie on disk and change no bit.
  @Test(arguments: AttentionScope.allCases) func recordsOnDiskAreTheSame(
    _ scope: AttentionScope
  ) throws {
    let inMemory = try replay(scope)
    #expect(!inMemory.usesFile)
    // Room for two of six records.
    let one = Self.tokens * Self.heads * Self.headDim * 4 * (scope == .joint ? 3 : 2)
    let spilled = try replay(scope, memoryLimit: 2 * one + 1)
    #expect(spilled.usesFile)
    for (a, b) in zip(inMemory.records, spilled.records) {
      let left = inMemory.weights(a, head: 1, rows: 2..<9).values
      #expect(spilled.weights(b, head: 1, rows: 2..<9).values == left)
    }
    let whole = try prior(.byIndex, .averageThenScore)
    let streamed = try prior(.byIndex, .averageThenScore, memoryLimit: 0)
    #expect(whole.metrics == streamed.metrics)
    #expect(whole.textToVision.values == streamed.textToVision.values)
  }

  @Test func scratchFilesWantAFolder() {
    #expect(throws: ScratchFileError.self) { try ScratchFile(folder: "/absent") }
  }

  @Test func buildingCanBeStopped() throws {
    struct Stop: Error {}
    let replay = try replay(.own)
    #expect(throws: Stop.self) {
      try PriorBuilder().build(replay, tokens: [], reconstructionError: 0) { throw Stop() }
    }
  }

  @Test func selectionKeepsCandidatesOnly() throws {
    let prior = try prior(.perLayer, .averageThenScore)
    let key = Self.key.child("selection")
    #expect(HeadSelection.all.heads(prior, index: 0) == Array(0..<6))
    let best = HeadSelection.motionSensitive(keep: 0.5).heads(prior, index: 0)
    #expect(best == HeadScores.best(HeadScores.scores(prior.metrics), share: 0.5))
    #expect(best.count == 3)
    let random = HeadSelection.random(keep: 0.5, key: key)
    #expect(random.heads(prior, index: 1) == random.heads(prior, index: 1))
    #expect(Set((0..<20).map { random.heads(prior, index: $0) }).count > 1)
    #expect((0..<20).allSatisfy { Set(random.heads(prior, index: $0)).count == 3 })

    let target = AlignmentTarget(prior, index: 0, heads: .all, tokens: .all)
    #expect(target.spans == [0..<1, 1..<2, 2..<3])
    let map = prior.map(heads: [1, 4])
    let rows = prior.textToVision
    for i in 0..<map.count {
      let expected = (rows.values[map.count + i] + rows.values[4 * map.count + i]) / 2
      #expect(abs(map.values[i] - expected) <= 1e-7)
    }
  }

  @Test func aSelectionHasItsScores() throws {
    let prior = try prior(.perLayer, .averageThenScore)
    let selection = MotionSelection(prior, keep: 0.5)
    #expect(selection.headScores == HeadScores.scores(prior.metrics))
    #expect(selection.heads == HeadScores.best(selection.headScores, share: 0.5))
    #expect(selection.map.values == prior.map(heads: selection.heads).values)
    let scores = MotionScores.scores(
      selection.map.values, tokens: Self.text, grid: Self.grid)
    #expect(selection.motionScores == scores)
    #expect(selection.tokens == HeadScores.best(Array(scores[0..<3]), share: 0.5))
    #expect(selection.tokens.count == 2)
    #expect(selection.target.values == selection.map.rows(selection.tokens).values)
    let chance = MotionSelection(
      prior, index: 0, heads: .all, tokens: .random(keep: 1, key: Self.key.child("tokens")))
    #expect(chance.tokens == [0, 1, 2])
    #expect(chance.heads == Array(0..<6))
  }

  private func prior(_ index: Int, error: Double) -> MotionPrior {
    MotionPrior(
      grid: Self.grid, tokens: [PriorToken(text: "a", span: 0..<1, isCandidate: true)],
      textToVision: .normal([2, 1, Self.grid.count], key: Self.key.child("map", index)),
      metrics: (0..<2).map {
        HeadMetrics(focus: Double(index), continuity: Double($0), saliency: 0)
      }, reconstructionError: error)
  }

  @Test func anEnsembleHasTheHeadsOfAllMembers() throws {
    let (a, b) = (prior(0, error: 0.25), prior(1, error: 0.75))
    let joined = try #require(MotionPrior.ensemble([a, b]))
    #expect(joined.heads == 4)
    #expect(joined.metrics == a.metrics + b.metrics)
    #expect(joined.reconstructionError == 0.5)
    #expect(joined.map(heads: [0, 1]).values == a.map(heads: [0, 1]).values)
    #expect(joined.map(heads: [2]).values == b.map(heads: [0]).values)
    let other = MotionPrior(
      grid: Self.grid, tokens: [PriorToken(text: "b", span: 0..<1, isCandidate: true)],
      textToVision: b.textToVision, metrics: b.metrics, reconstructionError: 0)
    #expect(MotionPrior.ensemble([a, other]) == nil)
    #expect(MotionPrior.ensemble([]) == nil)
  }

  @Test(arguments: [
    (0.0, [true, true, true, true]), (0.24, [true, true, true, true]),
    (0.25, [true, false, true, true]), (0.5, [true, false, true, false]),
    (1.0, [false, false, false, false]),
  ])
  func theGateLeavesOutTheWorst(share: Double, passes: [Bool]) throws {
    let priors = [0.1, 0.9, 0.2, 0.2].enumerated().map { prior($0.offset, error: $0.element) }
    let found = try ConfidenceGate.passes(ClipSequence(priors), leavingOut: share)
    #expect(found ?? [Bool](repeating: true, count: 4) == passes)
  }
}
