import JSON
import Layers
import Tensors
import Tokenizers
import Video

/// Qwen2.5-VL at mini size: single patches of clips of a fixed size.
public struct QwenStudent: StudentArchitecture {
  public let configuration: Qwen25VL.Configuration
  public let frameCount: Int
  public let frameSize: Int

  public let name = "Qwen2.5-VL"
  public var framesPerStep: Int { configuration.vision.temporalPatch }
  public var tokenSide: Int { configuration.vision.patch }

  public var decoder: DecoderConfiguration { configuration.text }
  public var tower: (layers: Int, heads: Int, width: Int) {
    (configuration.vision.layers, configuration.vision.heads, configuration.vision.width)
  }

  /// - Parameter json: a `config.json`, with `_frames` and `_frame_size`
  public init(_ json: JSONNode) throws {
    configuration = try Qwen25VL.Configuration(json)
    frameCount = try json.int("_frames", default: 8)
    frameSize = try json.int("_frame_size", default: 48)
    try validateFrames(patch: configuration.vision.patch)
    guard configuration.vision.merge == 1 else {
      throw error(
        "vision_config.spatial_merge_size",
        "\(configuration.vision.merge); mini models need 1")
    }
  }

  public func makeModel(_ source: ParameterSource) throws -> any VisionLanguageModel {
    try Qwen25VL.Model(configuration, source: source)
  }

  /// A clip as patches: values of a patch by channel, frame, row and column.
  public func vision(_ clip: Clip) -> VisionInput {
    let settings = configuration.vision
    let frames = frames(of: clip)
    let (patch, steps) = (settings.patch, frameCount / settings.temporalPatch)
    let side = frameSize / patch
    let grid = TokenGrid(frames: steps, height: side, width: side)
    let pixels = frames.pixels
    var values: [Float] = []
    values.reserveCapacity(grid.count * settings.patchValues)
    for step in 0..<steps {
      for row in 0..<side {
        for column in 0..<side {
          for channel in 0..<3 {
            let (mean, deviation) = (
              PixelStatistics.mean[channel], PixelStatistics.deviation[channel]
            )
            for k in 0..<settings.temporalPatch {
              let frame = step * settings.temporalPatch + k
              for y in 0..<patch {
                let line = (frame * frameSize + row * patch + y) * frameSize + column * patch
                for x in 0..<patch {
                  let value = Float(pixels[(line + x) * 3 + channel]) / 255
                  values.append((value - mean) / deviation)
                }
              }
            }
          }
        }
      }
    }
    return VisionInput(
      patches: Tensor(shape: [grid.count, settings.patchValues], values: values), grid: grid,
      secondsPerStep: secondsPerStep(of: clip))
  }

  public func tokens(of video: VisionInput, _ tokenizer: any Tokenizer) -> [Int] {
    [configuration.visionStartToken]
      + [Int](repeating: configuration.videoToken, count: video.grid.count)
      + [configuration.visionEndToken]
  }
}

/// Mean and deviation of each channel that Qwen2-VL's processor normalises with (CLIP's).
private enum PixelStatistics {
  static let mean: [Float] = [0.481_454_66, 0.457_827_5, 0.408_210_73]
  static let deviation: [Float] = [0.268_629_54, 0.261_302_58, 0.275_777_11]
}
