import CFFmpeg
import Foundation

/// Pulls frames out of one stream: packets in, frames and their times out.
///
/// Damage does not stop it. A packet that the decoder rejects is reported and the next one tried,
/// which is how players get past a gap.
final class FrameDecoder {
  let input: InputStream
  let log: FFmpegLog
  private(set) var report: DecodeReport
  /// The frame that `advance` decoded last.
  private(set) var frame: UnsafeMutablePointer<AVFrame>
  /// Its presentation time in seconds.
  private(set) var time = 0.0

  /// What the frame before looked like.
  private var format: FrameFormat?
  /// The size that all frames get.
  private var firstFormat: FrameFormat?
  private var packet: UnsafeMutablePointer<AVPacket>
  private var isDraining = false
  private var isFinished = false
  /// Failures since the last frame; bounds the attempts to get past the end of a damaged stream.
  private var failuresInRow = 0

  init(path: String, stream: Int?) throws(VideoError) {
    FFmpegLibrary.prepare
    let log = FFmpegLog()
    self.log = log
    let input = try log.capture { () throws(VideoError) in
      try InputStream(path: path, stream: stream, log: log)
    }
    guard let frame = av_frame_alloc(), let packet = av_packet_alloc() else {
      fatalError("out of memory")
    }
    (self.input, self.frame, self.packet) = (input, frame, packet)
    let parameters = input.stream.pointee.codecpar!
    let declared = Int(input.stream.pointee.nb_frames)
    let orientation = input.orientation
    report = DecodeReport(
      path: path, container: String(cString: input.container.context.pointee.iformat.pointee.name),
      codec: String(cString: avcodec_get_name(parameters.pointee.codec_id)),
      stream: Int(input.stream.pointee.index), videoStreams: input.container.videoStreams,
      declaredFrames: declared > 0 ? declared : nil,
      rotation: orientation.clockwiseDegrees, mirrored: orientation.isMirrored,
      timeBase: Rational(input.stream.pointee.time_base),
      averageFrameRate: Rational(input.stream.pointee.avg_frame_rate).known)
  }

  deinit {
    var (frame, packet) = (Optional(frame), Optional(packet))
    av_frame_free(&frame)
    av_packet_free(&packet)
  }

  /// Decodes the next frame; `false` at the end of the stream.
  func advance() -> Bool {
    guard !isFinished else { return false }
    let found = log.capture { receive() }
    if found { describeFrame() }
    isFinished = !found
    report.errors = log.messages
    report.errorCount = log.count
    return found
  }

  private func receive() -> Bool {
    while true {
      let status = avcodec_receive_frame(input.decoder, frame)
      if status >= 0 {
        failuresInRow = 0
        return true
      }
      if status == CFFmpeg_AVERROR_EOF() { return false }
      if status != CFFmpeg_AVERROR(EAGAIN) {
        fail("decoding", status)
        if failuresInRow > Self.patience { return false }
      } else if isDraining {
        return false
      }
      if !isDraining { feed() }
    }
  }

  /// Failures in a row, without a frame between them, after which a drained decoder is given up.
  private static let patience = 1000

  /// Sends the stream's next packet, or the mark that there are no more.
  private func feed() {
    while true {
      let status = av_read_frame(input.container.context, packet)
      if status < 0 {
        if status != CFFmpeg_AVERROR_EOF() { fail("reading", status) }
        isDraining = true
        avcodec_send_packet(input.decoder, nil)
        return
      }
      defer { av_packet_unref(packet) }
      guard packet.pointee.stream_index == input.stream.pointee.index else { continue }
      report.packets += 1
      let sent = avcodec_send_packet(input.decoder, packet)
      if sent < 0 { fail("packet \(report.packets)", sent) }
      return
    }
  }

  private func fail(_ action: String, _ status: Int32) {
    failuresInRow += 1
    log.record("\(action): \(FFmpegLibrary.message(status))")
  }

  private func describeFrame() {
    let picture = frame.pointee
    if report.decodedFrames == 0 { describeFormat(picture) }
    compareFormat(picture)
    let damaged = picture.decode_error_flags != 0 || picture.flags & AV_FRAME_FLAG_CORRUPT != 0
    if damaged { report.damagedFrames += 1 }
    let previous = time
    time = timeOf(picture)
    if report.decodedFrames > 0, time <= previous { report.unorderedTimes += 1 }
    report.decodedFrames += 1
  }

  private func describeFormat(_ picture: AVFrame) {
    let format = AVPixelFormat(picture.format)
    if let description = av_pix_fmt_desc_get(format) {
      report.pixelFormat = String(cString: description.pointee.name)
      report.hasAlpha = description.pointee.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0
    }
    report.colourRange =
      switch picture.color_range {
      case AVCOL_RANGE_JPEG: .full
      case AVCOL_RANGE_MPEG: .limited
      default: .unspecified
      }
  }

  /// Notices where the size or the format of samples changes within the stream.
  private func compareFormat(_ picture: AVFrame) {
    let name = av_pix_fmt_desc_get(AVPixelFormat(picture.format)).map {
      String(cString: $0.pointee.name)
    }
    let new = FrameFormat(
      height: Int(picture.height), width: Int(picture.width), pixels: name ?? "unknown")
    let first = firstFormat ?? new
    if firstFormat == nil {
      (report.height, report.width) = input.orientation.size(height: new.height, width: new.width)
    }
    if let old = format, old != new {
      report.formatChangeCount += 1
      if report.formatChange == nil {
        report.formatChange = FormatChange(frame: report.decodedFrames, old: old, new: new)
      }
    }
    if (new.height, new.width) != (first.height, first.width) { report.rescaledFrames += 1 }
    (firstFormat, format) = (first, new)
  }

  /// Seconds from the frame's own time stamp, or one frame after the frame before.
  private func timeOf(_ picture: AVFrame) -> Double {
    let stamp = picture.best_effort_timestamp
    if stamp != CFFmpeg_AV_NOPTS_VALUE() {
      let base = report.timeBase
      return Double(stamp) * Double(base.numerator) / Double(base.denominator)
    }
    report.guessedTimes += 1
    guard report.decodedFrames > 0 else { return 0 }
    let rate = Rational(av_guess_frame_rate(input.container.context, input.stream, nil)).known
    return time + 1 / (rate?.value ?? 25)
  }
}
