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

  /// Indices of the selected heads of sample `index`.
  public func heads(_ prior: MotionPrior, index: Int) -> [Int] {
    heads(prior, scores: HeadScores.scores(prior.metrics), index: index)
  }

  func heads(_ prior: MotionPrior, scores: [Double], index: Int) -> [Int] {
    switch self {
    case .all: return Array(0..<prior.heads)
    case .motionSensitive(let keep): return HeadScores.best(scores, share: keep)
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

  /// Indices of the selected tokens of sample `index`.
  /// - Parameter scores: motion score of each token
  func tokens(_ prior: MotionPrior, scores: [Double], index: Int) -> [Int] {
    let candidates = prior.tokens.indices.filter { prior.tokens[$0].isCandidate }
    switch self {
    case .all: return candidates
    case .motionSalient(let keep):
      return HeadScores.best(candidates.map { scores[$0] }, share: keep).map { candidates[$0] }
    case .random(let keep, let key):
      return HeadSelection.randomShare(candidates.count, keep, key.child("tokens", index))
        .map { candidates[$0] }
    }
  }
}
