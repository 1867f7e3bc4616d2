import Checkpoints
import Foundation
import JSON
import Layers
import Tensors
import Tokenizers
import Video
import VisionLanguage

/// A vision-language model of the Qwen2.5-VL architecture with its tokenizer: what is fine-tuned
/// and scored. Immutable; every use that trains begins with a fresh copy of the weights.
public struct StudentModel: Sendable {
  public let configuration: Qwen25VL.Configuration
  public let tokenizer: any Tokenizer
  /// Frames that a clip is cut to.
  public let frameCount: Int
  /// Side of a frame in pixels.
  public let frameSize: Int
  public let weights: [(name: String, tensor: Tensor)]

  public init(
    configuration: Qwen25VL.Configuration, tokenizer: any Tokenizer, frameCount: Int,
    frameSize: Int, weights: [(name: String, tensor: Tensor)]
  ) {
    self.configuration = configuration
    self.tokenizer = tokenizer
    self.frameCount = frameCount
    self.frameSize = frameSize
    self.weights = weights
  }

  /// Reads `config.json`, the weights if there are any, and the tokenizer of a folder.
  public init(directory: String, tokenizer: any Tokenizer, random key: StreamKey? = nil) throws {
    let json = try JSONNode(contentsOfFile: "\(directory)/config.json")
    configuration = try Qwen25VL.Configuration(json)
    frameCount = try json.int("_frames", default: 8)
    frameSize = try json.int("_frame_size", default: 48)
    self.tokenizer = tokenizer
    try Self.validate(configuration.vision, frames: frameCount, size: frameSize)
    if let key {
      weights = try Qwen25VL.Model(configuration, source: .random(key)).store.entries
    } else {
      let file = try CheckpointDirectory(directory)
      weights = try file.names.map { ($0, try file.tensor($0)) }
    }
  }

  /// What clips are made of has to fit the patches.
  private static func validate(
    _ vision: Qwen25VL.VisionConfiguration, frames: Int, size: Int
  ) throws(ConfigurationError) {
    for (key, value, most, step) in [
      ("_frames", frames, 1024, vision.temporalPatch), ("_frame_size", size, 4096, vision.patch),
    ] where !(1...most).contains(value) || value % step != 0 {
      throw ConfigurationError(
        model: "Qwen2.5-VL", key: key,
        reason: "\(value) is no multiple of the patch's \(step) from 1 to \(most)")
    }
    guard vision.merge == 1 else {
      throw ConfigurationError(
        model: "Qwen2.5-VL", key: "vision_config.spatial_merge_size",
        reason: "\(vision.merge); mini models read single patches, that is 1")
    }
  }

  /// The same model with other weights.
  public func with(_ weights: [(name: String, tensor: Tensor)]) -> StudentModel {
    StudentModel(
      configuration: configuration, tokenizer: tokenizer, frameCount: frameCount,
      frameSize: frameSize, weights: weights)
  }

  /// A copy that may be trained; frozen at first.
  public func model() throws -> Qwen25VL.Model {
    let byName = Dictionary(uniqueKeysWithValues: weights.map { ($0.name, $0.tensor) })
    let model = try Qwen25VL.Model(
      configuration,
      source: .lookup { name, shape in
        guard let tensor = byName[name], tensor.shape == shape else {
          throw ConfigurationError(
            model: "Qwen2.5-VL", key: name,
            reason: "expected shape \(shape), found \(byName[name]?.shape.description ?? "none")")
        }
        return tensor
      })
    model.store.freeze()
    return model
  }

  // MARK: - Inputs

  /// A clip as patches: values of a patch by channel, frame, row and column.
  public func vision(_ clip: Clip) -> VisionInput {
    let settings = configuration.vision
    let frames = clip.selecting(FrameSampling.uniform(frameCount, of: clip.frames))
      .resized(height: frameSize, width: frameSize, filter: .bicubic)
    let (patch, steps) = (settings.patch, frameCount / settings.temporalPatch)
    let side = frameSize / patch
    precondition(settings.merge == 1, "patches are laid out for spatial_merge_size 1")
    let values = settings.patchValues
    let patches = Tensor(shape: [steps * side * side, values]) { out in
      let pixels = frames.pixels
      var at = 0
      for step in 0..<steps {
        for row in 0..<side {
          for column in 0..<side {
            for channel in 0..<3 {
              for k in 0..<settings.temporalPatch {
                let frame = step * settings.temporalPatch + k
                for y in 0..<patch {
                  let line = (frame * frameSize + row * patch + y) * frameSize + column * patch
                  for x in 0..<patch {
                    let value = Float(pixels[(line + x) * 3 + channel]) / 255
                    out[at] =
                      (value - PixelStatistics.mean[channel]) / PixelStatistics.deviation[channel]
                    at += 1
                  }
                }
              }
            }
          }
        }
      }
    }
    let seconds = clip.times.count > 1 ? clip.times[clip.times.count - 1] - clip.times[0] : 1
    return VisionInput(
      patches: patches, grid: PatchGrid(frames: steps, height: side, width: side),
      secondsPerStep: Float(seconds) / Float(steps))
  }

  /// `<vision> prompt answer <end>`: the prompt ends in the word that predicts the answer.
  public func sample(_ video: VisionInput, prompt: String, answer: String) throws -> TuningSample {
    guard let end = tokenizer.id(of: "<|im_end|>") else {
      throw ConfigurationError(
        model: "Qwen2.5-VL", key: "tokenizer", reason: "it has no <|im_end|>")
    }
    var tokens = [configuration.visionStartToken]
    tokens += [Int](repeating: configuration.videoToken, count: video.grid.count)
    tokens.append(configuration.visionEndToken)
    var labels = [Int](repeating: -100, count: tokens.count)
    var text: [(place: Int, span: Range<Int>)] = []
    let whole = answer.isEmpty ? prompt : "\(prompt) \(answer)"
    let encoding = tokenizer.encode(whole, addSpecialTokens: false)
    let answerStart = prompt.utf8.count
    var binding = tokens.count
    for (id, span) in zip(encoding.ids, encoding.spans) {
      let isAnswer = span.upperBound > answerStart
      if !isAnswer { binding = tokens.count }
      text.append((tokens.count, span))
      tokens.append(id)
      labels.append(isAnswer ? id : -100)
    }
    tokens.append(end)
    labels.append(end)
    return TuningSample(
      video: video, tokens: tokens, labels: labels, text: text, binding: binding)
  }
}

extension StudentModel {
  /// How likely the model finds each of some answers, the end of the text included. The clip and
  /// the prompt are read once.
  /// - Parameter features: of `video`, as the model's `visionFeatures` gives them
  public func logLikelihoods(
    of answers: [String], prompt: String, _ video: VisionInput, features: Tensor,
    _ model: Qwen25VL.Model
  ) throws -> [Double] {
    let samples = try answers.map { try sample(video, prompt: prompt, answer: $0) }
    guard let first = samples.first else { return [] }
    let question = PreparedInput(tokens: Array(first.tokens[...first.binding]), videos: [video])
    return try model.scores(
      of: samples.map { Array($0.tokens[($0.binding + 1)...]) }, after: question,
      features: features
    ).map(\.sum)
  }

  /// What the model writes after a prompt, likeliest token by likeliest token.
  public func reply(
    to prompt: String, _ video: VisionInput, features: Tensor, _ model: Qwen25VL.Model,
    maxNewTokens: Int
  ) throws -> String {
    let asked = try sample(video, prompt: prompt, answer: "")
    let written = try model.generate(
      PreparedInput(tokens: asked.tokens.dropLast(), videos: [video]), features: features,
      maxNewTokens: maxNewTokens, stop: Set(asked.tokens.suffix(1)))
    return tokenizer.decode(written, skipSpecialTokens: true)
  }
}

/// Mean and deviation of each channel that Qwen2-VL's processor normalises with (CLIP's).
private enum PixelStatistics {
  static let mean: [Float] = [0.481_454_66, 0.457_827_5, 0.408_210_73]
  static let deviation: [Float] = [0.268_629_54, 0.261_302_58, 0.275_777_11]
}
