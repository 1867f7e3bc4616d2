import CFFmpeg
import Foundation

/// A video stream of a container and its decoder.
final class InputStream {
  let container: InputContainer
  let stream: UnsafeMutablePointer<AVStream>
  let decoder: UnsafeMutablePointer<AVCodecContext>

  init(path: String, stream wanted: Int?, log: FFmpegLog) throws(VideoError) {
    container = try InputContainer(path: path, log: log)
    let index = try container.chooseStream(wanted, log: log)
    stream = container.stream(index)
    for other in 0..<container.streamCount where other != index {
      container.stream(other).pointee.discard = AVDISCARD_ALL
    }
    decoder = try Self.openDecoder(stream, path: path, log: log)
  }

  deinit {
    var decoder = Optional(decoder)
    avcodec_free_context(&decoder)
  }

  /// How the stream's display matrix asks for frames to be turned.
  var orientation: Orientation {
    var size = 0
    guard
      let bytes = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size),
      size >= 9 * MemoryLayout<Int32>.size
    else { return Orientation() }
    return bytes.withMemoryRebound(to: Int32.self, capacity: 9) {
      Orientation(displayMatrix: $0)
    }
  }

  private static func openDecoder(
    _ stream: UnsafeMutablePointer<AVStream>, path: String, log: FFmpegLog
  ) throws(VideoError) -> UnsafeMutablePointer<AVCodecContext> {
    let parameters = stream.pointee.codecpar!
    guard let codec = avcodec_find_decoder(parameters.pointee.codec_id) else {
      let name = String(cString: avcodec_get_name(parameters.pointee.codec_id))
      throw VideoError(
        kind: .unreadable, path: path, reason: "FFmpeg has no decoder for \(name)",
        remedy: "convert the file to H.264 first")
    }
    var decoder = avcodec_alloc_context3(codec)
    guard let context = decoder else {
      throw VideoError.unreadable(
        path, "out of memory for a decoder", CFFmpeg_AVERROR(ENOMEM), log)
    }
    var status = avcodec_parameters_to_context(context, parameters)
    context.pointee.pkt_timebase = stream.pointee.time_base
    context.pointee.thread_count = 1  // frames and log come from the calling thread
    if status >= 0 { status = avcodec_open2(context, codec, nil) }
    guard status >= 0 else {
      avcodec_free_context(&decoder)
      throw VideoError.unreadable(path, "cannot open its decoder", status, log)
    }
    return context
  }
}
