import Layers
import Tensors

/// The last frames that each causal convolution saw, carried from one batch of frames to the next.
/// Belongs to one clip (or tile of it) and one pass.
final class ConvolutionCache {
  private var tails: [ObjectIdentifier: Tensor] = [:]

  /// `x [batch, channels, frames, height, width]` behind the frames that came before it: those of
  /// the last batch, or else its own first frame, repeated.
  func extended(_ x: Tensor, by count: Int, for weight: Parameter) -> Tensor {
    let key = ObjectIdentifier(weight)
    let extended =
      tails[key].map { Tensor.concatenate([$0, x], axis: 2) } ?? x.padFrames(repeatingFirst: count)
    tails[key] = extended.slice(2, extended.shape[2] - count..<extended.shape[2])
    return extended
  }
}

/// Batches of frames that a clip is coded in, as the reference cuts it: what does not fill a batch
/// goes to the first.
enum FrameBatches {
  static func ranges(frames: Int, batch: Int) -> [Range<Int>] {
    let rest = frames % batch
    return (0..<max(frames / batch, 1)).map { index in
      let start = index == 0 ? 0 : batch * index + rest
      return start..<min(frames, batch * (index + 1) + rest)
    }
  }
}
