import Ranks
import Tensors
import Video

/// How heads of different layers are pooled (motionenhancer.md, "head identity across layers").
public enum HeadIdentity: String, Sendable, CaseIterable {
  /// Head n of every layer is one candidate.
  case byIndex = "by-index"
  /// Each layer's heads are candidates of their own.
  case perLayer = "per-layer"
}

/// Whether metrics are taken of the averaged map or averaged over single maps
/// (motionenhancer.md, "aggregate first or select first").
public enum ScoreOrder: String, Sendable, CaseIterable {
  case averageThenScore = "average-then-score"
  case scorePerStep = "score-per-step"
}

/// A token of the text that conditioned the diffusion model.
public struct PriorToken: Hashable, Sendable {
  public let text: String
  /// UTF-8 bytes of the text it covers.
  public let span: Range<Int>
  /// Special and padding tokens are never candidates for selection.
  public let isCandidate: Bool

  public init(text: String, span: Range<Int>, isCandidate: Bool) {
    self.text = text
    self.span = span
    self.isCandidate = isCandidate
  }
}

/// Everything extracted from one clip and one text: what selection and alignment need, and nothing
/// that grows with the square of the tokens.
public struct MotionPrior: Sendable {
  public let grid: TokenGrid
  public let tokens: [PriorToken]
  /// Text-to-vision attention of each candidate head, `[heads, textTokens, visionTokens]`.
  public let textToVision: Tensor
  /// One for each candidate head.
  public let metrics: [HeadMetrics]
  /// Relative error of the reconstruction, `|x - x'| / |x|` over the latent.
  public let reconstructionError: Double

  public init(
    grid: TokenGrid, tokens: [PriorToken], textToVision: Tensor, metrics: [HeadMetrics],
    reconstructionError: Double
  ) {
    precondition(
      textToVision.shape == [metrics.count, tokens.count, grid.count],
      "prior of shape \(textToVision.shape) for \(metrics.count) heads, \(tokens.count) tokens")
    self.grid = grid
    self.tokens = tokens
    self.textToVision = textToVision
    self.metrics = metrics.map(\.inSinglePrecision)
    self.reconstructionError = reconstructionError
  }

  public var heads: Int { metrics.count }

  /// The heads of several models' priors of one clip and one text as candidates of one selection;
  /// the reconstruction error is their mean. Nil where grids or tokens differ.
  public static func ensemble(_ members: [MotionPrior]) -> MotionPrior? {
    guard let first = members.first,
      members.allSatisfy({ $0.grid == first.grid && $0.tokens == first.tokens })
    else { return nil }
    return MotionPrior(
      grid: first.grid, tokens: first.tokens,
      textToVision: Tensor.concatenate(members.map(\.textToVision), axis: 0),
      metrics: members.flatMap(\.metrics),
      reconstructionError: members.reduce(0) { $0 + $1.reconstructionError }
        / Double(members.count))
  }

  /// The mean map over some heads, `[textTokens, visionTokens]`.
  public func map(heads: [Int]) -> Tensor {
    textToVision.rows(heads).mean(axes: [0])
  }
}

/// Builds a ``MotionPrior`` from a replay, in blocks of rows.
public struct PriorBuilder: Sendable {
  public var identity = HeadIdentity.byIndex
  public var order = ScoreOrder.averageThenScore
  public var band = 0
  private static let rowBlock = 64

  public init(
    identity: HeadIdentity = .byIndex, order: ScoreOrder = .averageThenScore, band: Int = 0
  ) {
    self.identity = identity
    self.order = order
    self.band = band
  }

  /// - Parameter checkpoint: called after each of the replay's heads of each group, on any thread;
  ///   throws to stop
  public func build(
    _ replay: AttentionReplay, tokens: [PriorToken], reconstructionError: Double,
    checkpoint: @Sendable () throws -> Void = {}
  ) throws -> MotionPrior {
    var maps: [Tensor] = []
    var metrics: [HeadMetrics] = []
    for group in groups(replay) {
      let heads = try Workers.map(replay.heads) { head in
        let map = replay.meanWeights(group, head: head, rows: 0..<replay.textTokens)
          .slice(1, replay.textTokens..<replay.textTokens + replay.grid.count)
        let score = score(replay, group, head: head)
        replay.releasePages()
        try checkpoint()
        return (map, score)
      }
      maps += heads.map(\.0)
      metrics += heads.map(\.1)
    }
    return MotionPrior(
      grid: replay.grid, tokens: tokens,
      textToVision: Tensor.concatenate(
        maps.map { $0.reshaped([1, replay.textTokens, replay.grid.count]) }, axis: 0),
      metrics: metrics, reconstructionError: reconstructionError)
  }

  /// Records that make up one candidate's map: all of them, or those of one layer.
  private func groups(_ replay: AttentionReplay) -> [[AttentionReplay.Record]] {
    switch identity {
    case .byIndex: [replay.records]
    case .perLayer:
      Set(replay.records.map(\.layer)).sorted().map { layer in
        replay.records.filter { $0.layer == layer }
      }
    }
  }

  private func score(
    _ replay: AttentionReplay, _ group: [AttentionReplay.Record], head: Int
  ) -> HeadMetrics {
    switch order {
    case .averageThenScore: return metrics(replay, group, head: head)
    case .scorePerStep:
      let single = group.map { metrics(replay, [$0], head: head) }
      func mean(_ path: KeyPath<HeadMetrics, Double>) -> Double {
        single.reduce(0) { $0 + $1[keyPath: path] } / Double(single.count)
      }
      return HeadMetrics(
        focus: mean(\.focus), continuity: mean(\.continuity), saliency: mean(\.saliency))
    }
  }

  private func metrics(
    _ replay: AttentionReplay, _ group: [AttentionReplay.Record], head: Int
  ) -> HeadMetrics {
    var accumulator = HeadMetricsAccumulator(grid: replay.grid, band: band)
    for first in stride(from: 0, to: replay.grid.count, by: Self.rowBlock) {
      let count = min(Self.rowBlock, replay.grid.count - first)
      let start = replay.textTokens + first
      let block = replay.meanWeights(group, head: head, rows: start..<start + count)
      accumulator.add(block, from: replay.textTokens, first: first)
    }
    return accumulator.metrics()
  }
}
