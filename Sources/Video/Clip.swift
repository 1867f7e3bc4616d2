/// A stretch of video held in memory: 8-bit RGB frames and the time at which each is shown.
///
/// Pixels are stored without padding as `[frames, height, width, 3]`, so that pixel `(y, x)` of
/// frame `t` begins at `((t * height + y) * width + x) * 3`.
public struct Clip: Sendable, Hashable {
  /// Number of frames.
  public let frames: Int
  /// Number of rows of a frame.
  public let height: Int
  /// Number of columns of a frame.
  public let width: Int
  /// Red, green and blue samples: `[frames, height, width, 3]`.
  public let pixels: [UInt8]
  /// Presentation time of each frame in seconds.
  public let times: [Double]

  /// - Parameters:
  ///   - pixels: `[frames, height, width, 3]`
  ///   - times: seconds, one for each frame
  public init(frames: Int, height: Int, width: Int, pixels: [UInt8], times: [Double]) {
    precondition(
      frames >= 0 && height >= 0 && width >= 0
        && pixels.count == frames * height * width * 3 && times.count == frames,
      """
      a clip of [\(frames), \(height), \(width), 3] needs \(frames * height * width * 3) samples \
      and \(frames) times, but got \(pixels.count) and \(times.count)
      """)
    self.frames = frames
    self.height = height
    self.width = width
    self.pixels = pixels
    self.times = times
  }

  /// Frames at a constant rate: frame `t` is shown at `t / framesPerSecond` seconds.
  /// - Parameter pixels: `[frames, height, width, 3]`
  public init(
    frames: Int, height: Int, width: Int, pixels: [UInt8], framesPerSecond: Double
  ) {
    precondition(
      framesPerSecond > 0 && framesPerSecond.isFinite,
      "frames per second must be a positive number, but is \(framesPerSecond)")
    self.init(
      frames: frames, height: height, width: width, pixels: pixels,
      times: (0..<max(frames, 0)).map { Double($0) / framesPerSecond })
  }

  /// Number of samples in one frame, `height * width * 3`.
  public var frameSize: Int { height * width * 3 }

  /// Mean rate over the clip: frame gaps divided by the time between first and last frame.
  ///
  /// `nil` for fewer than two frames or frames that are all shown at the same time.
  public var framesPerSecond: Double? {
    guard frames > 1, let first = times.first, let last = times.last, last > first else {
      return nil
    }
    return Double(frames - 1) / (last - first)
  }

  /// The samples of one frame: `[height, width, 3]`.
  public func frame(_ index: Int) -> ArraySlice<UInt8> {
    precondition(
      index >= 0 && index < frames, "frame \(index) of a clip of \(frames) frames")
    return pixels[index * frameSize..<(index + 1) * frameSize]
  }

  /// The clip made of the frames at `indices`, in that order, with their own times.
  ///
  /// Indices may repeat, as they do when a policy asks for more frames than there are.
  public func selecting(_ indices: [Int]) -> Clip {
    var selected: [UInt8] = []
    selected.reserveCapacity(indices.count * frameSize)
    for index in indices { selected.append(contentsOf: frame(index)) }
    return Clip(
      frames: indices.count, height: height, width: width, pixels: selected,
      times: indices.map { times[$0] })
  }
}
