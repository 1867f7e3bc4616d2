import Tensors

/// Factors on the learning rate over the steps of a training run.
public enum LearningRateSchedule: Sendable {
  case constant
  /// Linear warm-up over a share of the steps, then half a cosine down to `floor`.
  case cosine(warmupRatio: Float, floor: Float = 0)

  public func factor(step: Int, of total: Int) -> Float {
    switch self {
    case .constant: return 1
    case .cosine(let warmupRatio, let floor):
      let warmup = (Float(total) * warmupRatio).rounded(.up)
      if Float(step) < warmup { return Float(step + 1) / warmup }
      let progress = (Float(step) - warmup) / max(1, Float(total) - warmup)
      let cosine = ScalarMath.cosine(Float.pi * progress)
      return floor + (1 - floor) * 0.5 * (1 + cosine)
    }
  }
}
