import JSON
import Layers
import Tensors
import Tokenizers
import Video

/// InternVL3: one tile for each frame, each after its number, as the published prompt has it.
public struct InternVLStudent: StudentArchitecture {
  public let configuration: InternVL.Configuration
  public let frameCount: Int
  private let processor: InternVL.Processor

  public let name = InternVL.className
  public let framesPerStep = 1
  public var frameSize: Int { processor.side }
  public var tokenSide: Int { configuration.vision.patchHeight * configuration.shuffle }

  public var decoder: DecoderConfiguration { configuration.text }
  public var tower: (layers: Int, heads: Int, width: Int) {
    (configuration.vision.layers, configuration.vision.heads, configuration.vision.width)
  }

  /// - Parameter json: a `config.json`, with `_frames`
  public init(_ json: JSONNode) throws {
    configuration = try InternVL.Configuration(json)
    frameCount = try json.int("_frames", default: 8)
    processor = try InternVL.Processor(configuration)
    try validateFrames(patch: tokenSide)
  }

  public func makeModel(_ source: ParameterSource) throws -> any VisionLanguageModel {
    try InternVL.Model(configuration, source: source)
  }

  public func vision(_ clip: Clip) throws -> VisionInput {
    var input = try processor.video(
      clip.selecting(FrameSampling.uniform(frameCount, of: clip.frames)))
    input.secondsPerStep = secondsPerStep(of: clip)
    return input
  }

  public func tokens(of video: VisionInput, _ tokenizer: any Tokenizer) throws -> [Int] {
    guard let open = tokenizer.id(of: "<img>"), let close = tokenizer.id(of: "</img>") else {
      throw error("tokenizer", "no <img> or </img> token")
    }
    let tile = [Int](repeating: configuration.imageToken, count: processor.tokensPerTile)
    return (0..<video.grid.frames).flatMap { frame in
      let number = "\(frame == 0 ? "" : "\n")Frame\(frame + 1): "
      return tokenizer.encode(number, addSpecialTokens: false).ids + [open] + tile + [close]
    } + tokenizer.encode("\n", addSpecialTokens: false).ids
  }
}
