import PortableKernels

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
    var step = portable_adamw()
    step.values = values.pointer
    (step.first, step.second) = (first.pointer, second.pointer)
    step.gradient = UnsafePointer(gradient.pointer)
    step.count = values.count
    (step.beta1, step.beta2, step.epsilon) = (beta1, beta2, epsilon)
    (step.gradient_scale, step.keep) = (gradientScale, keep)
    (step.step_size, step.root_correction) = (stepSize, rootCorrection)
    portable_adamw(&step)
  }
}
