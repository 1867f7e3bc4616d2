import Tensors

extension CausalVAE {
  /// ``encode(_:tiling:)`` of an untrusted video, which is validated first.
  /// - Throws: ``ModelInputError``
  public func encode(
    checking video: Tensor, tiling: VAETiling? = nil
  ) throws -> (mean: Tensor, logVariance: Tensor) {
    try tiling?.validate(for: configuration)
    let shape = video.shape
    guard shape.count == 5, shape[1] == configuration.inChannels, shape.product > 0 else {
      throw fail(
        "x", "shape \(shape); expected [batch, \(configuration.inChannels), frames, height, width]")
    }
    let least = configuration.spatialCompression
    let (height, width) =
      tiling?.encoding(configuration).smallest(height: shape[3], width: shape[4])
      ?? (shape[3], shape[4])
    guard height >= least, width >= least else {
      throw fail(
        "x",
        "frames (or tiles) of \(height) x \(width); \(configuration.blockChannels.count) levels "
          + "need at least \(least) x \(least)")
    }
    guard !configuration.usesQuantConvolution || latentsFitQuantConvolutions else {
      throw fail("x", "use_quant_conv \(quantReason)")
    }
    return encode(video, tiling: tiling)
  }

  /// ``decode(_:tiling:)`` of untrusted latents, which are validated first.
  /// - Throws: ``ModelInputError``
  public func decode(checking latent: Tensor, tiling: VAETiling? = nil) throws -> Tensor {
    try tiling?.validate(for: configuration)
    let shape = latent.shape
    guard shape.count == 5, shape[1] == configuration.latentChannels, shape.product > 0 else {
      throw fail(
        "z",
        "shape \(shape); expected [batch, \(configuration.latentChannels), frames, height, width]")
    }
    guard !configuration.usesPostQuantConvolution || latentsFitQuantConvolutions else {
      throw fail("z", "use_post_quant_conv \(quantReason)")
    }
    return decode(latent, tiling: tiling)
  }

  private var latentsFitQuantConvolutions: Bool {
    configuration.latentChannels == configuration.outChannels
  }

  private var quantReason: String {
    "requires latent_channels (\(configuration.latentChannels)) to equal out_channels "
      + "(\(configuration.outChannels))"
  }

  private func fail(_ input: String, _ reason: String) -> ModelInputError {
    ModelInputError(model: VAEConfiguration.model, input: input, reason: reason)
  }
}

extension Tensor {
  /// Elements cut off at both ends; where none is, the tensor itself.
  func clamped(_ low: Float, _ high: Float) -> Tensor {
    let isInside = withElements { elements in
      elements.indices.allSatisfy { elements[$0] >= low && elements[$0] <= high }
    }
    if isInside { return self }
    return self - (self - high).relu() + ((-self) + low).relu()
  }
}
