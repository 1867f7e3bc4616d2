import MotionEnhancer
import Tensors
import Testing
import Video

@Suite struct HeadMetricsTests {
  /// Shown in blocks of rows that lie in a wider matrix.
  private func accumulated(
    _ map: [Float], _ grid: TokenGrid, band: Int, block: Int, offset: Int = 2
  ) -> HeadMetrics {
    let width = grid.count + offset
    let wide = Tensor(shape: [grid.count, width]) { out in
      for i in 0..<grid.count * width {
        let (row, column) = (i / width, i % width - offset)
        out[i] = column < 0 ? .nan : map[row * grid.count + column]
      }
    }
    var accumulator = HeadMetricsAccumulator(grid: grid, band: band)
    for first in stride(from: 0, to: grid.count, by: block) {
      let rows = wide.slice(0, first..<min(first + block, grid.count))
      accumulator.add(rows, from: offset, first: first)
    }
    return accumulator.metrics()
  }

  private func expectEqual(_ a: HeadMetrics, _ b: HeadMetrics, _ what: String) {
    for path in [\HeadMetrics.focus, \.continuity, \.saliency] {
      let (x, y) = (a[keyPath: path], b[keyPath: path])
      #expect(abs(x - y) <= 1e-5 * max(1, abs(y)), "\(what): \(x), expected \(y)")
    }
  }

  @Test(arguments: [0, 1, 2])
  func equalsTheDefinition(band: Int) {
    for (n, grid) in [
      TokenGrid(frames: 4, height: 3, width: 2), TokenGrid(frames: 1, height: 3, width: 3),
      TokenGrid(frames: 5, height: 1, width: 4), TokenGrid(frames: 3, height: 1, width: 1),
    ].enumerated() {
      let key = StreamKey(seed: 11, command: "metrics", index: n)
      let map = (Tensor.normal([grid.count, grid.count], key: key) * 2).softmax().values
      let expected = NaiveHeadMetrics(grid: grid, band: band, map: map).metrics()
      for block in [1, 5, 64] {
        expectEqual(
          accumulated(map, grid, band: band, block: block), expected, "\(grid), band \(band)")
      }
    }
  }

  /// Two frames of two cells; the mean is 1/4.
  @Test func example() {
    let grid = TokenGrid(frames: 2, height: 1, width: 2)
    let map: [Float] = [
      0.5, 0, 0.5, 0,  // cell 0: one run of 2
      0.25, 0.25, 0.25, 0.25,  // cell 1: nothing above the mean, both at it
      0.125, 0.375, 0.375, 0.125,  // cell 0: one run of 1
      0, 0.5, 0.25, 0.25,  // cell 1: one run of 1
    ]
    let found = accumulated(map, grid, band: 0, block: 3)
    let inside = 0.25 + 0.25 + 2 * 0.0625 + 0.015625 + 0.140625 + 0.25 + 0.0625
    let outside = 0.0 + 2 * 0.0625 + 0.140625 + 0.015625 + 0.0625
    #expect(abs(found.focus - inside / outside) <= 1e-6)
    #expect(found.continuity == (1.5 + 1) / 2)
    #expect(found.saliency == 7.0 / 8)
  }

  @Test func noRunsAtAll() {
    let grid = TokenGrid(frames: 2, height: 1, width: 2)
    let map: [Float] = [0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0]
    let found = accumulated(map, grid, band: 0, block: 4)
    #expect(found == HeadMetrics(focus: 0, continuity: 0, saliency: 0))
  }

  @Test func metricWithoutDeviationAddsNothing() {
    #expect(HeadScores.standardised([2, 2, 2]) == [0, 0, 0])
    #expect(HeadScores.standardised([]) == [])
    #expect(HeadScores.standardised([1, 3]) == [-1, 1])
    let metrics = [1.0, 2, 6].map { HeadMetrics(focus: $0, continuity: 4, saliency: -$0) }
    #expect(HeadScores.scores(metrics).allSatisfy { abs($0) <= 1e-12 })
    let alone = [1.0, 3].map { HeadMetrics(focus: $0, continuity: 4, saliency: 2 * $0) }
    #expect(HeadScores.scores(alone) == [-2, 2])
  }

  @Test func bestShareRoundsUpAndTiesGoToTheLowerIndex() {
    #expect(HeadScores.best([1, 5, 5, 5, 0], share: 0.4) == [1, 2])
    #expect(HeadScores.best([1, 5, 5, 5, 0], share: 0.5) == [1, 2, 3])
    #expect(HeadScores.best([3, 1, 2], share: 0.01) == [0])
    #expect(HeadScores.best([3, 1, 2], share: 1) == [0, 1, 2])
    #expect(HeadScores.best([], share: 0.5) == [])
    for percent in 0...100 {
      #expect(HeadScores.kept(Double(percent) / 100, of: 100) == percent)
    }
    #expect(HeadScores.kept(0.501, of: 30) == 16)
  }

  @Test func motionScores() {
    let grid = TokenGrid(frames: 3, height: 1, width: 2)
    let map: [Float] = [
      0.1, 0.3, 0.2, 0.2, 0.0, 0.2,  // frames 0.2, 0.2, 0.1: mean 1/6, change 0.05
      0, 0, 0.5, 0.5, 0, 0,  // frames 0, 0.5, 0: mean 1/6, change 0.5
    ]
    let found = MotionScores.scores(map, tokens: 2, grid: grid)
    #expect(abs(found[0] - (0.5 / 3 + 0.05)) <= 1e-7)
    #expect(abs(found[1] - (0.5 / 3 + 0.5)) <= 1e-7)
    let still = TokenGrid(frames: 1, height: 1, width: 2)
    #expect(MotionScores.scores([0.25, 0.75], tokens: 1, grid: still) == [0.5])
  }
}
