import Tensors
import Tokenizers
import Video

/// Frames of a clip and their size in pixels.
public struct ClipSize: Hashable, Sendable {
  public var frames: Int
  public var height: Int
  public var width: Int

  /// Frames or pixels of a side; three of them multiplied fit into an integer.
  public static let largest = 1_000_000

  public init(frames: Int, height: Int, width: Int) {
    self.frames = frames
    self.height = height
    self.width = width
  }
}

extension VideoDiffusionModel {
  /// Checks a size that someone asked for.
  public func check(_ size: ClipSize) throws {
    let group = vae.configuration.temporalCompression
    let cell = vae.configuration.spatialCompression * transformer.configuration.patchSize
    func fail(_ what: String, _ found: Int, _ expected: String) -> ModelInputError {
      ModelInputError(
        model: "this diffusion model", input: what, reason: "\(found); expected \(expected)")
    }
    for (name, number) in [
      ("frames", size.frames), ("height", size.height), ("width", size.width),
    ] where number > ClipSize.largest {
      throw fail(name, number, "at most \(ClipSize.largest)")
    }
    guard size.frames >= 1, (size.frames - 1) % group == 0 else {
      throw fail("frames", size.frames, "\(group) k + 1, such as \(4 * group + 1)")
    }
    for (name, side) in [("height", size.height), ("width", size.width)]
    where side < cell || side % cell != 0 {
      throw fail(name, side, "a multiple of \(cell), the side of a token in pixels")
    }
  }

  /// The frames of a clip that the model sees, spread evenly, in its own size: `[1, 3, frames,
  /// height, width]` in -1...1.
  /// - Parameter size: ``clipSize`` when nil; a shorter clip gives fewer frames
  public func video(_ clip: Clip, size: ClipSize? = nil) -> Tensor {
    let size = size ?? clipSize
    let ratio = vae.configuration.temporalCompression
    let wanted = min(size.frames, FrameSampling.causalLength(of: clip.frames, group: ratio))
    let frames = clip.selecting(FrameSampling.uniform(wanted, of: clip.frames))
      .resized(height: size.height, width: size.width, filter: .bilinear)
    let plane = size.height * size.width
    return Tensor(shape: [1, 3, wanted, size.height, size.width]) { out in
      let pixels = frames.pixels
      for frame in 0..<wanted {
        for pixel in 0..<plane {
          for channel in 0..<3 {
            out[(channel * wanted + frame) * plane + pixel] =
              Float(pixels[(frame * plane + pixel) * 3 + channel]) / 127.5 - 1
          }
        }
      }
    }
  }

  /// The clip as scaled latents, `[1, latentFrames, channels, height, width]`.
  public func latents(_ clip: Clip, size: ClipSize? = nil) -> Tensor {
    vae.latents(of: video(clip, size: size))
  }

  /// Latents with as many frames as fill the transformer's patches over time: the first is repeated
  /// in front, as CogVideoX 1.5's trainers do it (paper/neighbours.md, trap b).
  public func filled(_ latents: Tensor) -> Tensor {
    let patch = transformer.configuration.framePatch ?? 1
    let added = (patch - latents.shape[1] % patch) % patch
    if added == 0 { return latents }
    let first = latents.slice(1, 0..<1)
    return Tensor.concatenate([Tensor](repeating: first, count: added) + [latents], axis: 1)
  }

  /// Tokens of a text, padded or cut where the pipeline does so.
  public func tokens(_ text: String) -> Encoding {
    let encoding = tokenizer.encode(text)
    return textLength.map { encoding.fitted(to: $0, padding: Self.paddingID) } ?? encoding
  }

  /// `<pad>` in every T5 vocabulary.
  private static let paddingID = 0

  /// The grid of vision tokens of latents `[1, frames, channels, height, width]`.
  public func tokenGrid(of latents: [Int]) -> TokenGrid {
    let configuration = transformer.configuration
    return TokenGrid(
      frames: latents[1] / (configuration.framePatch ?? 1),
      height: latents[3] / configuration.patchSize, width: latents[4] / configuration.patchSize)
  }

  /// Rotary positions for latents of a shape `[1, frames, channels, height, width]`; none where the
  /// transformer adds sines and cosines instead (CogVideoX 2B).
  public func rotary(for latents: [Int]) -> RotaryPositions? {
    let configuration = transformer.configuration
    guard configuration.usesRotaryPositions else { return nil }
    return RotaryPositions(latents: latents, of: configuration)
  }
}
