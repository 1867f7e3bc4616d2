/// Frames chosen from a video, and the rate at which they sample it.
public struct FrameSelection: Sendable, Hashable {
  /// Positions in the video, not decreasing.
  public let indices: [Int]
  /// Chosen frames per second of video, from which Qwen2.5-VL derives temporal positions.
  public let framesPerSecond: Double

  public init(indices: [Int], framesPerSecond: Double) {
    (self.indices, self.framesPerSecond) = (indices, framesPerSecond)
  }
}

/// How Qwen2.5-VL samples and sizes video frames (its authors' `qwen-vl-utils`, or
/// `Qwen2VLVideoProcessor` of transformers).
///
/// Frames are taken at a constant rate, at least and at most so many, an even number of them as
/// two frames make one patch in time. The pixels of all frames together are bounded, so longer
/// selections get smaller frames.
public struct QwenFramePolicy: Sendable, Hashable {
  /// Frames taken from a second of video.
  public var framesPerSecond = 2.0
  public var minFrames = 4
  public var maxFrames = 768
  /// Selections are a multiple of this: the frames of one temporal patch.
  public var frameFactor = 2
  /// Pixels of one frame.
  public var minPixels = 128 * 28 * 28
  public var maxPixels = 768 * 28 * 28
  /// Pixels of all frames: nine tenths of a context of 128,000 tokens.
  public var totalPixels = 128_000 * 28 * 28 * 9 / 10
  /// Frame sides are a multiple of this: a patch of 14, merged two by two.
  public var sizeFactor = 28
  /// The library's frames begin their stretches of the video, its sizes do not follow the number of
  /// frames, and `minFrames` need not be a multiple of `frameFactor`.
  public var rules = ProcessingRules.authors

  public init() {}

  /// Chooses frames by rate: `total / rate * framesPerSecond` of them, within the bounds.
  public func select(
    total: Int, rate: Double
  ) throws(SamplingError) -> FrameSelection {
    guard rate > 0, rate.isFinite else {
      throw SamplingError(description: "a video with \(rate) frames per second cannot be sampled")
    }
    let least =
      rules == .library
      ? Double(minFrames)
      : (Double(minFrames) / Double(frameFactor)).rounded(.up) * Double(frameFactor)
    let most = min(maxFrames, total) / frameFactor * frameFactor
    let wanted = Double(total) / rate * framesPerSecond
    let bounded = min(min(max(wanted, least), Double(most)), Double(total))
    let count = Int((bounded / Double(frameFactor)).rounded(.down)) * frameFactor
    return try select(count, of: total, rate: rate)
  }

  /// Chooses a given number of frames, rounded to a multiple of `frameFactor`.
  public func select(
    count: Int, total: Int, rate: Double
  ) throws(SamplingError) -> FrameSelection {
    let rounded = PixelBudget.nearest(Double(count), factor: frameFactor)
    guard rounded >= frameFactor || total < frameFactor else {
      throw SamplingError(
        description:
          "cannot sample \(count) frame\(count == 1 ? "" : "s"): Qwen2.5-VL takes frames in groups "
          + "of \(frameFactor); use \(frameFactor), or pass one frame as an image "
          + "(--image)")
    }
    return try select(rounded, of: total, rate: rate)
  }

  private func select(
    _ count: Int, of total: Int, rate: Double
  ) throws(SamplingError) -> FrameSelection {
    guard total >= frameFactor else {
      throw SamplingError(
        description: "a video of \(total) frame\(total == 1 ? "" : "s") is too short: Qwen2.5-VL "
          + "takes frames in groups of \(frameFactor); pass a single frame as an image (--image)")
    }
    guard count >= frameFactor, count <= total else {
      throw SamplingError(
        description: "cannot sample \(count) of \(total) frames: Qwen2.5-VL takes groups of "
          + "\(frameFactor); use at most \(total / frameFactor * frameFactor)")
    }
    let indices =
      rules == .library
      ? FrameSampling.stepping(count, of: total) : Self.indices(count, of: total)
    return FrameSelection(
      indices: indices, framesPerSecond: Double(indices.count) / Double(total) * rate)
  }

  /// `torch.linspace(0, total - 1, count).round()`.
  ///
  /// PyTorch works in single precision and from both ends to the middle, fusing product and sum.
  /// From about 20,000 frames on that differs from `FrameSampling.uniform` at some frames.
  private static func indices(_ count: Int, of total: Int) -> [Int] {
    let end = Float(total - 1)
    let step = end / Float(count - 1)
    return (0..<count).map { index in
      let position =
        index < count / 2
        ? step * Float(index)
        : end.addingProduct(-step, Float(count - 1 - index))
      return Int(position.rounded(.toNearestOrEven))
    }
  }

  /// Size to which the frames of a selection are resized.
  public func frameSize(
    height: Int, width: Int, frames: Int
  ) throws(SamplingError) -> (height: Int, width: Int) {
    let share = Double(totalPixels) / Double(max(frames, 1)) * Double(frameFactor)
    let most = max(min(Double(maxPixels), share), Double(Int(Double(minPixels) * 1.05)))
    return try PixelBudget(
      minPixels: Double(minPixels), maxPixels: rules == .library ? Double(maxPixels) : most,
      factor: sizeFactor, rules: rules
    ).size(height: height, width: width)
  }
}

/// Bounds on the number of pixels of an image whose sides are multiples of a factor; Qwen2.5-VL's
/// `smart_resize`.
public struct PixelBudget: Sendable, Hashable {
  public var minPixels: Double
  public var maxPixels: Double
  public var factor: Int
  /// The library lets a side that is less than half of `factor` count as none, and such a picture
  /// as too small.
  public var rules: ProcessingRules

  /// The largest aspect ratio of an image.
  public static let maxAspectRatio = 200.0

  /// The bounds for single images: 4 to 16,384 merged patches.
  public static let qwenImage = PixelBudget(
    minPixels: 4 * 28 * 28, maxPixels: 16384 * 28 * 28, factor: 28)

  public init(
    minPixels: Double, maxPixels: Double, factor: Int, rules: ProcessingRules = .authors
  ) {
    precondition(
      factor > 0 && minPixels > 0 && maxPixels >= minPixels,
      "no picture has from \(minPixels) to \(maxPixels) pixels in steps of \(factor)")
    (self.minPixels, self.maxPixels, self.factor) = (minPixels, maxPixels, factor)
    self.rules = rules
  }

  /// The size nearest to `height` x `width`, in about its proportions, within the bounds.
  public func size(
    height: Int, width: Int
  ) throws(SamplingError) -> (height: Int, width: Int) {
    guard height > 0, width > 0 else {
      throw SamplingError(description: "an image of \(width)x\(height) has no pixels")
    }
    let ratio = Double(max(height, width)) / Double(min(height, width))
    guard ratio <= Self.maxAspectRatio else {
      throw SamplingError(
        description: "an image of \(width)x\(height) is too elongated: the aspect ratio may be at"
          + " most \(Int(Self.maxAspectRatio)); crop it first")
    }
    let (rows, columns) = (Double(height), Double(width))
    let least = rules == .library ? 0 : factor
    let nearest = (
      max(least, Self.nearest(rows, factor: factor)),
      max(least, Self.nearest(columns, factor: factor))
    )
    let pixels = Double(nearest.0 * nearest.1)
    if pixels > maxPixels {
      let shrink = (rows * columns / maxPixels).squareRoot()
      return (
        max(factor, multiple(rows / shrink, .down)), max(factor, multiple(columns / shrink, .down))
      )
    }
    if pixels < minPixels {
      let grow = (minPixels / (rows * columns)).squareRoot()
      return (multiple(rows * grow, .up), multiple(columns * grow, .up))
    }
    return nearest
  }

  private func multiple(_ value: Double, _ rule: FloatingPointRoundingRule) -> Int {
    Int((value / Double(factor)).rounded(rule)) * factor
  }

  /// The multiple of `factor` nearest to `value`; of two, the one with the even quotient.
  static func nearest(_ value: Double, factor: Int) -> Int {
    FrameSampling.nearest(value / Double(factor)) * factor
  }
}
