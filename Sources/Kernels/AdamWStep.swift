/// The numbers of one update of AdamW (Loshchilov and Hutter, 2019), and the update.
public struct AdamWStep: Sendable {
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  /// Every gradient is multiplied by it (clipping).
  public let gradientScale: Float
  /// What weight decay leaves of a value.
  public let keep: Float
  /// The learning rate over the correction of the first moment, and the root of that of the second.
  public let stepSize: Float
  public let rootCorrection: Float

  public init(
    beta1: Float, beta2: Float, epsilon: Float, gradientScale: Float, keep: Float,
    stepSize: Float, rootCorrection: Float
  ) {
    (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
    (self.gradientScale, self.keep) = (gradientScale, keep)
    (self.stepSize, self.rootCorrection) = (stepSize, rootCorrection)
  }

  /// Updates the values and both moments in place.
  public func update(
    _ values: TensorStorage, first: TensorStorage, second: TensorStorage,
    gradient: TensorStorage
  ) {
    let (b1, b2, eps, scale) = (beta1, beta2, epsilon, gradientScale)
    let (stepSize, rootCorrection) = (stepSize, rootCorrection)
    let (pm, pv, pg) = (first.pointer, second.pointer, gradient.pointer)
    let (w, count) = (values.pointer, values.count)
    VectorMath.map(pm, pg, pm, count) { b1 * $0 + (1 - b1) * ($1 * scale) }
    VectorMath.map(pv, pg, pv, count) {
      let g = $1 * scale
      return b2 * $0 + (1 - b2) * (g * g)
    }
    if keep != 1 { VectorMath.scale(w, keep, count) }
    VectorMath.map(w, pm, pv, w, count) { w, m, v in
      w - stepSize * m / (v.squareRoot() / rootCorrection + eps)
    }
  }
}
