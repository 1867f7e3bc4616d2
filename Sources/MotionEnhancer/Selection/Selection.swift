import Tensors
import Video

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

  /// No rows at all: the sample is fine-tuned without alignment.
  public static func nothing(on grid: TokenGrid) -> AlignmentTarget {
    AlignmentTarget(grid: grid, spans: [], rows: Tensor.zeros([0, grid.count]))
  }

  /// Selects heads, averages, selects tokens.
  public init(_ prior: MotionPrior, index: Int, heads: HeadSelection, tokens: TokenSelection) {
    let map = prior.map(heads: heads.heads(prior, index: index))
    let chosen = tokens.tokens(prior, map: map, index: index)
    self.init(
      grid: prior.grid, spans: chosen.map { prior.tokens[$0].span }, rows: map.rows(chosen))
  }
}

/// Confidence gating: the clips that the diffusion model reconstructs worst give no target
/// (motionenhancer.md, section 7).
public enum ConfidenceGate {
  /// Which of the priors pass when `share` of them, rounded down, are left out. Of equal errors
  /// the later clip is left out first.
  public static func passes(_ priors: [MotionPrior], leavingOut share: Double) -> [Bool] {
    let left = min(priors.count, Int(share * Double(priors.count) + 1e-9))
    let errors = priors.map(\.reconstructionError)
    let worst = errors.indices.sorted { (errors[$0], $0) > (errors[$1], $1) }.prefix(left)
    return errors.indices.map { !worst.contains($0) }
  }
}
