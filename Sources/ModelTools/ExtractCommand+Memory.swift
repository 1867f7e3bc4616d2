import MotionEnhancer
import Tensors
import VideoDiffusion

extension ExtractCommand {
  /// The least memory that extracting from a clip of a size takes at any time: activations of the
  /// autoencoder's widest level for the frames that it codes at once, or, when those are gone, what
  /// a layer of the transformer has for all tokens and the queries and keys that are kept.
  ///
  /// It errs low, so that nothing is refused that would have fitted. Measured for the mini model:
  /// the autoencoder took 246 bytes a pixel of nine frames (192 here); the rest grew by 34 KiB a
  /// token with one step and 66 KiB with five (24 and 40 here).
  static func leastMemory(_ size: ClipSize, of model: VideoDiffusionModel, steps: Int) -> Int {
    let channels = model.vae.configuration.blockChannels[0]
    let coded = CheckedSize.saturating(min(size.frames, 9), size.height, size.width)
    let transformer = model.transformer.configuration
    let side = model.vae.configuration.spatialCompression * transformer.patchSize
    let groups = (size.frames - 1) / model.vae.configuration.temporalCompression + 1
    let tokens = CheckedSize.saturating(
      (groups + (transformer.framePatch ?? 1) - 1) / (transformer.framePatch ?? 1),
      size.height / side, size.width / side)
    let float = MemoryLayout<Float>.stride
    let layer = CheckedSize.saturating(tokens, 40, transformer.width, float)
    let kept = CheckedSize.saturating(
      tokens, 2, transformer.layers, steps, transformer.width, float)
    return max(
      CheckedSize.saturating(coded, 6 * channels, float),
      CheckedSize.sum(layer, min(kept, AttentionReplay.defaultMemoryLimit)))
  }
}
