import Tensors
import VideoDiffusion

extension ExtractCommand {
  /// The least memory that extracting from a clip of a size takes: activations of the autoencoder's
  /// widest level for the frames that it codes at once, and those of one layer of the transformer
  /// for all tokens. It errs low, so that nothing is refused that would have fitted: measured for the
  /// mini model, the autoencoder took 246 bytes a pixel of nine frames (128 here) and the rest
  /// 50 KiB a token (8 here).
  static func leastMemory(_ size: ClipSize, of model: VideoDiffusionModel) -> Int {
    let channels = model.vae.configuration.blockChannels[0]
    let coded = CheckedSize.saturating(min(size.frames, 9), size.height, size.width)
    let transformer = model.transformer.configuration
    let side = model.vae.configuration.spatialCompression * transformer.patchSize
    let steps = (size.frames - 1) / model.vae.configuration.temporalCompression + 1
    let tokens = CheckedSize.saturating(
      (steps + (transformer.framePatch ?? 1) - 1) / (transformer.framePatch ?? 1),
      size.height / side, size.width / side)
    let float = MemoryLayout<Float>.stride
    return CheckedSize.sum(
      CheckedSize.saturating(coded, 4 * channels, float),
      CheckedSize.saturating(tokens, 16 * transformer.width, float))
  }
}
