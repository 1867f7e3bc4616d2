import Tensors

/// Which heads make the aggregated map.
public enum HeadSelection: Sendable {
  /// Motion-sensitive Head Selection: the best share by score.
  case motionSensitive(keep: Double)
  /// A random share, for comparison; another one for each sample.
  case random(keep: Double, key: StreamKey)
  /// Average pooling over all heads.
  case all

  /// Indices of the chosen heads of sample `index`.
  public func heads(_ prior: MotionPrior, index: Int) -> [Int] {
    switch self {
    case .all: return Array(0..<prior.heads)
    case .motionSensitive(let keep):
      return HeadScores.best(HeadScores.scores(prior.metrics), share: keep)
    case .random(let keep, let key):
      return Self.randomShare(prior.heads, keep, key.child("heads", index))
    }
  }

  static func randomShare(_ count: Int, _ keep: Double, _ key: StreamKey) -> [Int] {
    var stream = RandomStream(key)
    return stream.permutation(count).prefix(HeadScores.kept(keep, of: count)).sorted()
  }
}

/// Which text tokens give rows of the target.
public enum TokenSelection: Sendable {
  /// Motion-salient Text Token Identification: the best share by motion score.
  case motionSalient(keep: Double)
  case random(keep: Double, key: StreamKey)
  case all

  /// Indices of the chosen tokens, from the aggregated map `[textTokens, visionTokens]`.
  public func tokens(_ prior: MotionPrior, map: Tensor, index: Int) -> [Int] {
    let candidates = prior.tokens.indices.filter { prior.tokens[$0].isCandidate }
    switch self {
    case .all: return candidates
    case .motionSalient(let keep):
      let scores = MotionScores.scores(
        map.values, tokens: prior.tokens.count, grid: prior.grid)
      return HeadScores.best(candidates.map { scores[$0] }, share: keep).map { candidates[$0] }
    case .random(let keep, let key):
      return HeadSelection.randomShare(candidates.count, keep, key.child("tokens", index))
        .map { candidates[$0] }
    }
  }
}

/// The rows that a sample's alignment aims at.
public struct AlignmentTarget: Sendable {
  public let grid: TokenGrid
  /// Bytes of the text that each row belongs to.
  public let spans: [Range<Int>]
  /// `[rows, visionTokens]`
  public let rows: Tensor

  public init(grid: TokenGrid, spans: [Range<Int>], rows: Tensor) {
    precondition(rows.shape == [spans.count, grid.count], "target rows \(rows.shape)")
    self.grid = grid
    self.spans = spans
    self.rows = rows
  }

  /// Selects heads, averages, selects tokens.
  public init(_ prior: MotionPrior, index: Int, heads: HeadSelection, tokens: TokenSelection) {
    let map = prior.map(heads: heads.heads(prior, index: index))
    let chosen = tokens.tokens(prior, map: map, index: index)
    self.init(
      grid: prior.grid, spans: chosen.map { prior.tokens[$0].span }, rows: map.rows(chosen))
  }
}
