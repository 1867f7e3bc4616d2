import CFFmpeg
import Foundation

/// An FFmpeg call that failed while encoding.
struct EncoderError: Error, CustomStringConvertible {
  let action: String
  let code: Int32

  var description: String { "\(action) failed: \(FFmpegLibrary.message(code))" }

  /// Throws if an FFmpeg call returned a failure.
  static func check(_ status: Int32, _ action: String) throws(EncoderError) {
    if status < 0 { throw EncoderError(action: action, code: status) }
  }
}

/// The H.264 encoder and the MP4 file that its packets go to.
final class MovieEncoder {
  private let encoder: UnsafeMutablePointer<AVCodecContext>
  private let container: UnsafeMutablePointer<AVFormatContext>
  private let stream: UnsafeMutablePointer<AVStream>
  private let packet: UnsafeMutablePointer<AVPacket>
  /// Ticks for which a frame is shown if no other follows.
  private let frameDuration: Int64
  private let ticksPerSecond: Int

  init(
    picture: EncoderPicture, file: OutputFile, encoding: VideoEncoding, framesPerSecond: Double,
    ticksPerSecond: Int
  ) throws(EncoderError) {
    let noMemory = CFFmpeg_AVERROR(ENOMEM)
    guard let codec = avcodec_find_encoder_by_name(encoding.encoder) else {
      throw EncoderError(action: "finding \(encoding.encoder)", code: CFFmpeg_AVERROR(EINVAL))
    }
    guard let encoder = avcodec_alloc_context3(codec), let packet = av_packet_alloc(),
      let container = avformat_alloc_context(),
      let stream = avformat_new_stream(container, nil)
    else { throw EncoderError(action: "opening the encoder", code: noMemory) }
    (self.encoder, self.packet, self.container, self.stream) =
      (encoder, packet, container, stream)
    self.ticksPerSecond = ticksPerSecond
    let duration = (Double(ticksPerSecond) / framesPerSecond).rounded()
    frameDuration = Int64(min(max(duration, 1), Double(MovieTimes.longestGap)))
    configure(encoder, picture.frame.pointee, framesPerSecond)
    for (name, value) in encoding.options {
      try EncoderError.check(
        av_opt_set(encoder.pointee.priv_data, name, value, 0), "setting \(name)=\(value)")
    }
    try EncoderError.check(avcodec_open2(encoder, codec, nil), "opening the encoder")
    try writeHeader(file)
  }

  deinit {
    var (encoder, packet) = (Optional(encoder), Optional(packet))
    FFmpegLog().capture { avcodec_free_context(&encoder) }  // prints statistics otherwise
    av_packet_free(&packet)
    avformat_free_context(container)
  }

  private func configure(
    _ encoder: UnsafeMutablePointer<AVCodecContext>, _ frame: AVFrame, _ framesPerSecond: Double
  ) {
    encoder.pointee.height = frame.height
    encoder.pointee.width = frame.width
    encoder.pointee.pix_fmt = AVPixelFormat(frame.format)
    encoder.pointee.time_base = AVRational(num: 1, den: Int32(ticksPerSecond))
    encoder.pointee.framerate = av_d2q(framesPerSecond, 1_000_000)
    encoder.pointee.thread_count = 1
    encoder.pointee.flags = AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER
    if frame.colorspace == AVCOL_SPC_BT709 {
      encoder.pointee.colorspace = AVCOL_SPC_BT709
      encoder.pointee.color_primaries = AVCOL_PRI_BT709
      encoder.pointee.color_trc = AVCOL_TRC_BT709
      encoder.pointee.color_range = frame.color_range
    }
  }

  private func writeHeader(_ file: OutputFile) throws(EncoderError) {
    container.pointee.oformat = av_guess_format("mp4", nil, nil)
    container.pointee.pb = file.stream
    container.pointee.flags |= AVFMT_FLAG_BITEXACT | AVFMT_FLAG_CUSTOM_IO
    stream.pointee.time_base = encoder.pointee.time_base
    stream.pointee.avg_frame_rate = encoder.pointee.framerate
    try EncoderError.check(
      avcodec_parameters_from_context(stream.pointee.codecpar, encoder), "describing the stream")
    var options: OpaquePointer?
    defer { av_dict_free(&options) }
    let scale = "\(ticksPerSecond)"
    av_dict_set(&options, "movie_timescale", scale, 0)
    av_dict_set(&options, "video_track_timescale", scale, 0)
    try EncoderError.check(avformat_write_header(container, &options), "writing the header")
  }

  /// Encodes a frame, or what is left inside the encoder if `nil`.
  func encode(_ frame: UnsafeMutablePointer<AVFrame>?) throws(EncoderError) {
    try EncoderError.check(avcodec_send_frame(encoder, frame), "encoding")
    while true {
      let status = avcodec_receive_packet(encoder, packet)
      if status == CFFmpeg_AVERROR(EAGAIN) || status == CFFmpeg_AVERROR_EOF() { return }
      try EncoderError.check(status, "encoding")
      packet.pointee.stream_index = 0
      packet.pointee.duration = frameDuration
      av_packet_rescale_ts(packet, encoder.pointee.time_base, stream.pointee.time_base)
      try EncoderError.check(av_interleaved_write_frame(container, packet), "writing a frame")
    }
  }

  /// Writes the remaining frames and the index.
  func finish() throws(EncoderError) {
    try encode(nil)
    try EncoderError.check(av_write_trailer(container), "writing the index")
  }
}
