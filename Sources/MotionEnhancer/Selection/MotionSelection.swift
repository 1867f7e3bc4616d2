import Tensors

/// What Motion-sensitive Head Selection and Motion-salient Text Token Identification select in the
/// prior of one clip, with the scores that they select by (MotionEnhancer, sections 3.2 and 3.3).
public struct MotionSelection: Sendable {
  /// Score of each candidate head: the sum of its standardised metrics.
  public let headScores: [Double]
  /// The selected heads.
  public let heads: [Int]
  /// The mean map over the selected heads, `[textTokens, visionTokens]`.
  public let map: Tensor
  /// Motion score of each text token in ``map``.
  public let motionScores: [Double]
  /// The selected tokens.
  public let tokens: [Int]

  /// - Parameter index: number of the clip, for selections by chance
  public init(
    _ prior: MotionPrior, index: Int, heads selection: HeadSelection, tokens: TokenSelection
  ) {
    headScores = HeadScores.scores(prior.metrics)
    heads = selection.heads(prior, scores: headScores, index: index)
    map = prior.map(heads: heads)
    motionScores = MotionScores.scores(
      map.values, tokens: prior.tokens.count, grid: prior.grid)
    self.tokens = tokens.tokens(prior, scores: motionScores, index: index)
  }

  /// Both selections by motion.
  /// - Parameter keep: share of the heads and of the tokens
  public init(_ prior: MotionPrior, keep: Double) {
    self.init(
      prior, index: 0, heads: .motionSensitive(keep: keep), tokens: .motionSalient(keep: keep))
  }

  /// The rows of the selected tokens, `[selectedTokens, visionTokens]`.
  public var target: Tensor { map.rows(tokens) }
}
