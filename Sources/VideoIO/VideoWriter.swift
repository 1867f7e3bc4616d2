import CFFmpeg
import Foundation
import Video

/// Writes RGB frames to an H.264 MP4 file.
///
///     try VideoWriter.write(clip, to: "clip.mp4")
///
/// The same frames and times give the same bytes: one thread, no dates, no tool name. The file
/// appears under its name when `finish` has brought it to disk, and never in part; a writer that
/// is dropped before leaves nothing behind.
public final class VideoWriter {
  /// Ticks in a second of the file's time stamps. All usual rates are whole numbers of ticks,
  /// among them 24, 25, 30, 50 and 60 frames per second and their 1000/1001 relatives.
  public static let ticksPerSecond = 360_000

  public let height: Int
  public let width: Int
  private let ticksPerSecond: Int
  private let file: OutputFile
  private let log = FFmpegLog()
  private let encoder: MovieEncoder
  private let picture: EncoderPicture
  private var frames = 0
  private var lastTick = Int64.min
  private var isFinished = false

  /// - Parameters:
  ///   - path: where the file is to appear; an existing file is replaced.
  ///   - framesPerSecond: nominal rate, which tells how long the last frame is shown.
  ///   - ticksPerSecond: of the file's time stamps.
  public init(
    path: String, height: Int, width: Int, framesPerSecond: Double,
    encoding: VideoEncoding = .lossless, ticksPerSecond: Int = VideoWriter.ticksPerSecond
  ) throws(VideoError) {
    guard encoding.fits(height: height, width: width) else {
      throw VideoError(
        kind: .unwritable, path: path,
        reason: "H.264 does not support frames of \(width)x\(height)",
        remedy: "use a height and width of 1 to \(VideoEncoding.longestSide) and less "
          + "than 268 million pixels")
    }
    guard framesPerSecond > 0, framesPerSecond <= Double(ticksPerSecond) else {
      throw VideoError(
        kind: .unwritable, path: path, reason: "\(framesPerSecond) is not a valid frame rate",
        remedy: "use a number above 0 and at most \(ticksPerSecond)")
    }
    self.ticksPerSecond = ticksPerSecond
    (self.height, self.width) = (height, width)
    FFmpegLibrary.prepare
    file = try OutputFile(path: path)
    guard let picture = EncoderPicture(height: height, width: width, encoding: encoding) else {
      throw Self.error(path, "out of memory for a frame of \(width)x\(height)", log)
    }
    self.picture = picture
    let (log, file) = (log, file)
    do throws(EncoderError) {
      encoder = try log.capture { () throws(EncoderError) in
        try MovieEncoder(
          picture: picture, file: file, encoding: encoding, framesPerSecond: framesPerSecond,
          ticksPerSecond: ticksPerSecond)
      }
    } catch {
      try file.check()
      throw Self.error(path, error.description, log)
    }
  }

  /// Adds a frame.
  /// - Parameters:
  ///   - pixels: `[height, width, 3]`
  ///   - time: when it is shown, in seconds from 0 on; later than the frame before.
  public func append(_ pixels: [UInt8], time: Double) throws(VideoError) {
    try append(pixels[...], time: time)
  }

  /// Adds a frame, such as `clip.frame(index)`.
  public func append(_ pixels: ArraySlice<UInt8>, time: Double) throws(VideoError) {
    try append(pixels, tick: try tick(of: time))
  }

  /// Adds a frame at a tick of a file whose times were fitted, as ``MovieTimes`` does.
  public func append(_ pixels: ArraySlice<UInt8>, tick: Int64) throws(VideoError) {
    precondition(tick > lastTick, "tick \(tick) after \(lastTick)")
    precondition(
      pixels.count == height * width * 3,
      "a frame of [\(height), \(width), 3] cannot have \(pixels.count) samples")
    precondition(!isFinished, "a frame after the end of the video")
    try attempt { () throws(EncoderError) in
      let status = pixels.withUnsafeBufferPointer { picture.fill(from: $0.baseAddress!) }
      if status < 0 { throw EncoderError(action: "converting frame \(frames)", code: status) }
      picture.frame.pointee.pts = tick
      try encoder.encode(picture.frame)
    }
    lastTick = tick
    frames += 1
  }

  /// Completes the file, brings it to disk and gives it its name.
  public func finish() throws(VideoError) {
    precondition(!isFinished, "a video is finished once")
    guard frames > 0 else {
      throw Self.error(file.path, "it has no frames", log)
    }
    isFinished = true
    try attempt { () throws(EncoderError) in try encoder.finish() }
    try file.commit()
  }

  /// Writes a clip with its own times.
  public static func write(
    _ clip: Clip, to path: String, encoding: VideoEncoding = .lossless
  ) throws(VideoError) {
    let rate = clip.framesPerSecond ?? 25
    let writer = try VideoWriter(
      path: path, height: clip.height, width: clip.width,
      framesPerSecond: rate.isFinite && rate > 0 ? min(rate, Double(ticksPerSecond)) : 25,
      encoding: encoding)
    for index in 0..<clip.frames {
      try writer.append(clip.frame(index), time: clip.times[index])
    }
    try writer.finish()
  }

  private func tick(of time: Double) throws(VideoError) -> Int64 {
    let ticks = (time * Double(ticksPerSecond)).rounded()
    guard ticks >= 0, ticks < 0x1p53 else {
      throw Self.error(file.path, "frame \(frames) has time \(time) s, before the start", log)
    }
    guard Int64(ticks) > lastTick else {
      throw Self.error(
        file.path, "frame \(frames) has time \(time) s, not after the previous frame", log)
    }
    return Int64(ticks)
  }

  /// Runs FFmpeg calls; a failed write of the file explains their failure best.
  private func attempt(_ body: () throws(EncoderError) -> Void) throws(VideoError) {
    do throws(EncoderError) {
      try log.capture(body)
    } catch {
      try file.check()
      throw Self.error(file.path, error.description, log)
    }
    try file.check()
  }

  private static func error(_ path: String, _ reason: String, _ log: FFmpegLog) -> VideoError {
    let detail = log.messages.first.map { " (\($0))" } ?? ""
    return VideoError(
      kind: .unwritable, path: path, reason: reason + detail,
      remedy: "change the frames or their times")
  }
}
