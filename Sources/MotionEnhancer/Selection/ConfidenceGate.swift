import Ranks
import Video

/// Confidence gating: the clips that the diffusion model reconstructs worst give no target
/// (motionenhancer.md, section 7).
public enum ConfidenceGate {
  /// Which of the priors pass when `share` of them, rounded down, are left out. Of equal errors
  /// the later clip is left out first.
  /// - Returns: for each clip; nil where all pass
  public static func passes(
    _ priors: ClipSequence<MotionPrior>, leavingOut share: Double
  ) throws -> [Bool]? {
    let left = min(priors.count, Int(share * Double(priors.count) + 1e-9))
    guard left > 0 else { return nil }
    let errors = try Workers.map(priors.count) { try priors[$0].reconstructionError }
    let worst = Set(errors.indices.sorted { (errors[$0], $0) > (errors[$1], $1) }.prefix(left))
    return errors.indices.map { !worst.contains($0) }
  }
}
