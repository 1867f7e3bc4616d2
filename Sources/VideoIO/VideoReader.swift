import CFFmpeg
import Video

/// One decoded frame.
public struct VideoFrame: Sendable, Hashable {
  /// Position among the frames that decode, from 0.
  public let index: Int
  /// Presentation time in seconds, from the file's own time stamps.
  public let time: Double
  public let height: Int
  public let width: Int
  /// Red, green and blue samples: `[height, width, 3]`.
  public let pixels: [UInt8]
}

/// A video file as frames in memory, with a report of its decoding.
public struct DecodedVideo: Sendable {
  public let clip: Clip
  public let report: DecodeReport
}

/// Reads any video file FFmpeg decodes, one frame at a time, in order of presentation.
///
///     let reader = try VideoReader(path: "walk.mp4")
///     while let frame = try reader.next() { use(frame) }
///     print(reader.report)
///
/// Frames are upright RGB, equal bit for bit to those of `ffmpeg -pix_fmt rgb24`; transparency is
/// dropped unless ``PixelRules/picture`` is asked for. They are found by decoding, as headers are
/// often wrong. A damaged file gives the frames that decode and a report of what was wrong; a file
/// without any such frame is an error.
/// Everything runs on the calling thread, so that results do not depend on the number of cores;
/// read several files at once to use more of them.
public final class VideoReader {
  private let decoder: FrameDecoder
  private let rules: PixelRules
  private var converter: FrameConverter?

  /// Opens a file.
  /// - Parameter stream: index of a video stream; the one FFmpeg ranks best if `nil`.
  public init(
    path: String, stream: Int? = nil, rules: PixelRules = .video
  ) throws(VideoError) {
    self.rules = rules
    decoder = try FrameDecoder(path: path, stream: stream)
  }

  /// What is known so far; complete once `next` has returned `nil`.
  public var report: DecodeReport { decoder.report }

  /// The next frame, or `nil` after the last.
  public func next() throws(VideoError) -> VideoFrame? {
    guard let converter = try advance() else { return nil }
    let size = converter.height * converter.width * 3
    var failure: VideoError?
    let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      do throws(VideoError) {
        try convert(with: converter, to: buffer.baseAddress!)
        count = size
      } catch { failure = error }
    }
    if let failure { throw failure }
    return VideoFrame(
      index: report.decodedFrames - 1, time: decoder.time, height: converter.height,
      width: converter.width, pixels: pixels)
  }

  /// Decodes the next frame without converting it; `false` after the last.
  ///
  /// Skipping costs the decoding only, and leaves pixels out of memory.
  public func skip() throws(VideoError) -> Bool {
    try advance() != nil
  }

  /// Presentation time in seconds of the frame that `next` or `skip` came to last.
  public var time: Double { decoder.time }

  private func advance() throws(VideoError) -> FrameConverter? {
    guard decoder.advance() else {
      if report.decodedFrames == 0 { throw nothingDecoded() }
      return nil
    }
    if let converter { return converter }
    // The fourth byte of a bitmap's pixels is padding to Pillow and transparency to FFmpeg.
    converter = FrameConverter(
      first: decoder.frame, orientation: decoder.input.orientation,
      rules: report.codec == "bmp" ? .video : rules)
    return converter
  }

  /// Writes the current frame as `[height, width, 3]` to `target`.
  private func convert(
    with converter: FrameConverter, to target: UnsafeMutablePointer<UInt8>
  ) throws(VideoError) {
    do throws(ScalerError) {
      try converter.convert(decoder.frame, to: target)
    } catch {
      throw VideoError(
        kind: .unreadable, path: report.path,
        reason: "frames in format \(report.pixelFormat) cannot be converted to RGB"
          + " (\(FFmpegLibrary.message(error.code)))",
        remedy: "convert the file to 8-bit H.264 first")
    }
  }

  private func nothingDecoded() -> VideoError {
    let report = report
    if AnimatedPicture.isWebP(report.path) {
      return VideoError(
        kind: .nothingDecoded, path: report.path,
        reason: "it is an animated WebP, which this version of FFmpeg does not support",
        remedy: AnimatedPicture.remedy)
    }
    var reason = "none of its \(report.declaredFrames ?? report.packets) frames can be decoded"
    if report.packets == 0 { reason += "; the file has no data for stream \(report.stream)" }
    if let first = report.errors.first { reason += " (\(first))" }
    return VideoError(
      kind: .nothingDecoded, path: report.path, reason: reason,
      remedy: "download or export the file again")
  }
}

extension VideoReader {
  /// Throws if `path` cannot be read: called before the work that needs it.
  public static func check(_ path: String) throws(VideoError) { try InputFile.check(path) }

  /// Pixels that one call may bring into memory unless it asks for more: 2 GiB.
  public static let defaultByteLimit = 2 << 30

  /// Reads a whole file into memory.
  /// - Parameters:
  ///   - stream: index of a video stream; the one FFmpeg ranks best if `nil`.
  ///   - byteLimit: limit on the bytes of pixels; a longer video is an error.
  public static func read(
    _ path: String, stream: Int? = nil, byteLimit: Int = defaultByteLimit
  ) throws(VideoError) -> DecodedVideo {
    try collect(path, stream: stream, rules: .video, frames: nil, byteLimit: byteLimit)
  }

  /// Reads only the frames at `indices`, which may repeat and need not be sorted.
  ///
  /// Indices count the frames that decode, as `timeline` does. All frames up to the last requested
  /// one are decoded, but only the requested ones are converted and kept.
  public static func read(
    _ path: String, frames indices: [Int], stream: Int? = nil, rules: PixelRules = .video,
    byteLimit: Int = defaultByteLimit
  ) throws(VideoError) -> DecodedVideo {
    let wanted = Set(indices)
    let video = try collect(
      path, stream: stream, rules: rules, frames: wanted, byteLimit: byteLimit)
    let sorted = wanted.sorted()
    guard video.clip.frames == sorted.count else {
      throw VideoError(
        kind: .tooLarge, path: path,
        reason: "frame \(sorted.last ?? 0) was requested, but only"
          + " \(video.report.decodedFrames) frames can be decoded",
        remedy: "valid: 0 to \(max(0, video.report.decodedFrames - 1))")
    }
    let position = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
    return DecodedVideo(
      clip: video.clip.selecting(indices.map { position[$0]! }), report: video.report)
  }

  /// Presentation times of all frames that decode, without bringing pixels into memory.
  public static func timeline(
    _ path: String, stream: Int? = nil
  ) throws(VideoError) -> (times: [Double], report: DecodeReport) {
    let reader = try VideoReader(path: path, stream: stream)
    var times: [Double] = []
    while try reader.skip() { times.append(reader.time) }
    return (times, reader.report)
  }

  private static func collect(
    _ path: String, stream: Int?, rules: PixelRules, frames wanted: Set<Int>?, byteLimit: Int
  ) throws(VideoError) -> DecodedVideo {
    let reader = try VideoReader(path: path, stream: stream, rules: rules)
    let last = wanted.map { $0.max() ?? -1 }
    var pixels: [UInt8] = []
    var times: [Double] = []
    while last.map({ reader.report.decodedFrames <= $0 }) ?? true,
      let converter = try reader.advance()
    {
      if let wanted, !wanted.contains(reader.report.decodedFrames - 1) { continue }
      let size = converter.height * converter.width * 3
      if pixels.count + size > byteLimit {
        throw VideoError(
          kind: .tooLarge, path: path,
          reason: "limit exceeded: \(byteLimit) bytes of pixels, which is \(times.count) frames of"
            + " \(converter.width)x\(converter.height)",
          remedy: "read selected frames, or one frame at a time")
      }
      if pixels.isEmpty {
        let expected = wanted?.count ?? reader.report.declaredFrames ?? 1
        pixels.reserveCapacity(min(expected, byteLimit / size, 1024) * size)
      }
      let start = pixels.count
      pixels.append(contentsOf: repeatElement(0, count: size))
      try pixels.withUnsafeMutableBufferPointer { buffer throws(VideoError) in
        try reader.convert(with: converter, to: buffer.baseAddress! + start)
      }
      times.append(reader.time)
    }
    let clip = Clip(
      frames: times.count, height: reader.converter?.height ?? 0,
      width: reader.converter?.width ?? 0, pixels: pixels, times: times)
    return DecodedVideo(clip: clip, report: reader.report)
  }
}
