import Checkpoints
import JSON
import Tensors
import Video

extension Qwen25VL {
  /// Converts clips and images into patches, and text with one placeholder for each into a sample
  /// (`Qwen2VLImageProcessor` and `Qwen2VLVideoProcessor`).
  public struct Processor: Sendable {
    public var patch: Int
    public var temporalPatch: Int
    public var merge: Int
    /// Mean and deviation of red, green and blue on a scale from 0 to 1.
    public var mean: [Float] = [0.481_454_66, 0.457_827_5, 0.408_210_73]
    public var deviation: [Float] = [0.268_629_54, 0.261_302_58, 0.275_777_11]
    /// Bounds on the pixels of an image.
    public var pictureSize: PixelBudget
    /// Which frames of a video are taken and how large they become.
    public var framePolicy: QwenFramePolicy
    /// Whose rules choose frames and sizes and change sizes.
    public var rules = ProcessingRules.authors {
      didSet { (pictureSize.rules, framePolicy.rules) = (rules, rules) }
    }
    let imageToken: Int
    let videoToken: Int

    /// The authors' limits for this model's patches.
    public init(_ configuration: Configuration) {
      let vision = configuration.vision
      (patch, temporalPatch, merge) = (vision.patch, vision.temporalPatch, vision.merge)
      (imageToken, videoToken) = (configuration.imageToken, configuration.videoToken)
      let side = vision.patch * vision.merge
      let area = side * side
      pictureSize = PixelBudget(
        minPixels: Double(4 * area), maxPixels: Double(16_384 * area), factor: side)
      framePolicy = QwenFramePolicy()
      framePolicy.frameFactor = vision.temporalPatch
      framePolicy.sizeFactor = side
      framePolicy.minPixels = 128 * area
      framePolicy.maxPixels = 768 * area
      framePolicy.totalPixels = 128_000 * area * 9 / 10
    }

    /// As above, with the normalisation and the limits of a `preprocessor_config.json`.
    public init(_ configuration: Configuration, preprocessor json: JSONNode) throws {
      self.init(configuration)
      mean = try json.doubles("image_mean", default: mean.map(Double.init)).map(Float.init)
      deviation = try json.doubles("image_std", default: deviation.map(Double.init))
        .map(Float.init)
      let reader = ConfigurationReader("Qwen2VLProcessor", json, null: .absent)
      guard mean.count == 3, deviation.count == 3, deviation.allSatisfy({ $0 != 0 }),
        (mean + deviation).allSatisfy(\.isFinite)
      else {
        throw reader.error(
          "image_mean and image_std", "must have three numbers each, none of image_std 0")
      }
      for (key, value) in [
        ("patch_size", patch), ("merge_size", merge), ("temporal_patch_size", temporalPatch),
      ] {
        guard try reader.int(key, default: value) == value else {
          throw reader.error(key, "\(try json.int(key)) does not match the model's \(value)")
        }
      }
      framePolicy.minFrames = try reader.size(
        "min_frames", default: framePolicy.minFrames,
        atMost: SizeLimit.sequence)
      framePolicy.maxFrames = try reader.size(
        "max_frames", default: framePolicy.maxFrames,
        atMost: SizeLimit.sequence)
      let size = try json.find("size")
      let least = try json.find("min_pixels")?.asInt() ?? size?.find("shortest_edge")?.asInt()
      let most = try json.find("max_pixels")?.asInt() ?? size?.find("longest_edge")?.asInt()
      for (key, bound) in [("min_pixels", least), ("max_pixels", most)] {
        if let bound {
          try reader.size(bound, key, atMost: SizeLimit.sequence)
        }
      }
      if let least {
        (pictureSize.minPixels, framePolicy.minPixels) = (Double(least), least)
      }
      if let most {
        (pictureSize.maxPixels, framePolicy.maxPixels) = (Double(most), most)
      }
      guard pictureSize.minPixels > 0, pictureSize.minPixels <= pictureSize.maxPixels,
        framePolicy.minPixels <= framePolicy.maxPixels
      else { throw reader.error("min_pixels", "must be positive and at most max_pixels") }
    }
  }
}

extension Qwen25VL.Processor {
  /// Samples a video by the frame policy.
  public func video(sampling clip: Clip) throws -> VisionInput {
    let selection = try framePolicy.select(total: clip.frames, rate: clip.framesPerSecond ?? 1)
    return try video(
      clip.selecting(selection.indices), framesPerSecond: selection.framesPerSecond)
  }

  /// Takes all frames of a clip.
  /// - Parameter framesPerSecond: the rate at which they sample the video
  public func video(_ clip: Clip, framesPerSecond: Double) throws -> VisionInput {
    let size = try framePolicy.frameSize(
      height: clip.height, width: clip.width, frames: clip.frames)
    var input = try patches(of: resized(clip, size))
    input.secondsPerStep = Float(Double(temporalPatch) / framesPerSecond)
    return input
  }

  /// An image, the first frame of a clip; it fills a temporal patch by repetition.
  public func picture(_ clip: Clip) throws -> VisionInput {
    let size = try pictureSize.size(height: clip.height, width: clip.width)
    return try patches(of: resized(clip.selecting([0]), size))
  }

  private func resized(_ clip: Clip, _ size: (height: Int, width: Int)) -> Clip {
    clip.resized(
      height: size.height, width: size.width,
      arithmetic: rules == .library ? .shortWeights : .single)
  }

  /// Frames cut into patches, without a change of size. The last frame is repeated until the
  /// temporal patch is full.
  ///
  /// Patches go by step, then by merged cell, then by place in the cell; the values of one by
  /// channel, frame, row and column.
  public func patches(of clip: Clip) throws -> VisionInput {
    let grid = TokenGrid(
      frames: (clip.frames + temporalPatch - 1) / temporalPatch, height: clip.height / patch,
      width: clip.width / patch)
    guard clip.frames > 0, clip.height % (patch * merge) == 0, clip.width % (patch * merge) == 0
    else {
      throw VisionLanguageError.shape(
        name: "a clip", expected: "[frames > 0, height and width in multiples of \(patch * merge)]",
        found: [clip.frames, clip.height, clip.width])
    }
    let table = LevelTable(mean: mean, deviation: deviation)
    let places = Qwen25VL.patchPlaces(grid, merge: merge)
    let area = patch * patch
    let values = Tensor(shape: [grid.count, 3 * temporalPatch * area]) { out in
      for (index, place) in places.enumerated() {
        let step = index / (grid.height * grid.width)
        let (top, left) = (place.row * patch, place.column * patch)
        for within in 0..<temporalPatch {
          clip.write(
            min(step * temporalPatch + within, clip.frames - 1), rows: top..<top + patch,
            columns: left..<left + patch, by: table,
            to: &out, at: (index * 3 * temporalPatch + within) * area,
            plane: temporalPatch * area)
        }
      }
    }
    return VisionInput(patches: values, grid: grid)
  }

  /// Repeats each placeholder once per merged patch of its image or video.
  /// - Parameter tokens: text with one image or video token per image or video, in order
  public func prepare(
    tokens: [Int], images: [VisionInput] = [], videos: [VisionInput] = []
  ) throws -> PreparedInput {
    for (kind, id, items) in [("image", imageToken, images), ("video", videoToken, videos)] {
      let wanted = tokens.count { $0 == id }
      guard wanted == items.count else {
        throw VisionLanguageError.placeholders(kind: kind, tokens: wanted, features: items.count)
      }
    }
    var imagesLeft = images[...]
    var videosLeft = videos[...]
    let expanded = tokens.flatMap { token -> [Int] in
      let item: VisionInput? =
        token == imageToken
        ? imagesLeft.popFirst() : token == videoToken ? videosLeft.popFirst() : nil
      return [Int](repeating: token, count: item?.grid.merged(by: merge).count ?? 1)
    }
    return PreparedInput(tokens: expanded, images: images, videos: videos)
  }
}
