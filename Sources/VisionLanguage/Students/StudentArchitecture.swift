import Layers
import Tokenizers
import Video

/// How a kind of vision-language model reads a clip: all in which a student of one architecture
/// differs from a student of another before its forward pass.
public protocol StudentArchitecture: Sendable {
  /// The name of the architecture in errors.
  var name: String { get }
  /// Frames that a clip is cut to.
  var frameCount: Int { get }
  /// Frames that one step of the grid of vision tokens covers.
  var framesPerStep: Int { get }
  /// Side of a frame in pixels.
  var frameSize: Int { get }
  /// Side of the square of a frame that one vision token covers, in pixels.
  var tokenSide: Int { get }

  /// The shape of the decoder.
  var decoder: DecoderConfiguration { get }
  /// The shape of the vision tower.
  var tower: (layers: Int, heads: Int, width: Int) { get }

  /// A model with parameters from `source`.
  func makeModel(_ source: ParameterSource) throws -> any VisionLanguageModel

  /// A clip as the vision tower takes it.
  func vision(_ clip: Clip) throws -> VisionInput

  /// The ids that stand for a clip in the sequence: a placeholder for each of its vision tokens,
  /// and what the architecture writes around them.
  func tokens(of video: VisionInput, _ tokenizer: any Tokenizer) throws -> [Int]
}

extension StudentArchitecture {
  func error(_ key: String, _ reason: String) -> ConfigurationError {
    ConfigurationError(model: name, key: key, reason: reason)
  }

  /// The frames that the model looks at, brought to its size.
  func frames(of clip: Clip) -> Clip {
    clip.selecting(FrameSampling.uniform(frameCount, of: clip.frames))
      .resized(height: frameSize, width: frameSize, filter: .bicubic)
  }

  /// Seconds between two steps of the grid.
  func secondsPerStep(of clip: Clip) -> Float {
    let seconds = clip.times.count > 1 ? clip.times[clip.times.count - 1] - clip.times[0] : 1
    return Float(seconds) / Float(frameCount / framesPerStep)
  }

  /// Checks what clips are cut to.
  func validateFrames(patch: Int) throws(ConfigurationError) {
    for (key, value, most, step) in [
      ("_frames", frameCount, 1024, framesPerStep), ("_frame_size", frameSize, 4096, patch),
    ] where !(1...most).contains(value) || value % step != 0 {
      throw error(key, "\(value) is not a multiple of the patch size \(step) from 1 to \(most)")
    }
  }
}
