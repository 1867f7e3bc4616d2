import JSON
import Layers
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

  public func vision(_ clip: Clip) throws -> VisionInput {
    var input = try Qwen25VL.Processor(configuration).patches(of: frames(of: clip))
    input.secondsPerStep = secondsPerStep(of: clip)
    return input
  }

  public func tokens(of video: VisionInput, _ tokenizer: any Tokenizer) -> [Int] {
    [configuration.visionStartToken]
      + [Int](repeating: configuration.videoToken, count: video.grid.count)
      + [configuration.visionEndToken]
  }
}
