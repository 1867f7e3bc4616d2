import CFFmpeg

/// The picture handed to the encoder: a frame's RGB samples in the encoder's format and size.
final class EncoderPicture {
  private(set) var frame: UnsafeMutablePointer<AVFrame>
  private let height: Int
  private let width: Int
  /// RGB of the coded size, from which the scaler makes YUV; `nil` if the encoder takes RGB.
  private let staging: UnsafeMutablePointer<AVFrame>?
  private let scaler: OpaquePointer?

  /// `nil` if memory is short.
  init?(height: Int, width: Int, encoding: VideoEncoding) {
    let rows = encoding.codedExtent(height)
    let columns = encoding.codedExtent(width)
    let format = encoding.pixelFormat
    guard let frame = Self.allocate(rows, columns, format) else { return nil }
    (self.frame, self.height, self.width) = (frame, height, width)
    if format == AV_PIX_FMT_RGB24 {
      (staging, scaler) = (nil, nil)
      return
    }
    staging = Self.allocate(rows, columns, AV_PIX_FMT_RGB24)
    scaler = sws_getContext(
      Int32(columns), Int32(rows), AV_PIX_FMT_RGB24, Int32(columns), Int32(rows), format,
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP | SWS_BITEXACT, nil, nil, nil)
    guard staging != nil, let scaler else { return nil }
    let matrix = sws_getCoefficients(SWS_CS_ITU709)
    sws_setColorspaceDetails(scaler, matrix, 1, matrix, 0, 0, 1 << 16, 1 << 16)
    frame.pointee.colorspace = AVCOL_SPC_BT709
    frame.pointee.color_range = AVCOL_RANGE_MPEG
  }

  deinit {
    var (frame, staging) = (Optional(frame), staging)
    av_frame_free(&frame)
    av_frame_free(&staging)
    sws_freeContext(scaler)
  }

  /// Takes over a frame's samples; returns FFmpeg's status.
  /// - Parameter pixels: `[height, width, 3]`
  func fill(from pixels: UnsafePointer<UInt8>) -> Int32 {
    let status = av_frame_make_writable(frame)
    guard status >= 0 else { return status }
    guard let staging else {
      copy(pixels, to: frame)
      return 0
    }
    copy(pixels, to: staging)
    return sws_scale_frame(scaler, frame, staging)
  }

  /// Copies rows, and repeats the last row and column where the coded size is larger. The padding
  /// behind a row is filled as well: the scaler's kernels read into it.
  private func copy(_ pixels: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<AVFrame>) {
    let stride = Int(target.pointee.linesize.0)
    let data = target.pointee.data.0!
    for row in 0..<Int(target.pointee.height) {
      let source = pixels + min(row, height - 1) * width * 3
      (data + row * stride).update(from: source, count: width * 3)
      for column in width..<stride / 3 {
        (data + row * stride + column * 3).update(from: source + (width - 1) * 3, count: 3)
      }
    }
  }

  private static func allocate(
    _ rows: Int, _ columns: Int, _ format: AVPixelFormat
  ) -> UnsafeMutablePointer<AVFrame>? {
    var frame = av_frame_alloc()
    frame?.pointee.height = Int32(rows)
    frame?.pointee.width = Int32(columns)
    frame?.pointee.format = format.rawValue
    if frame != nil, av_frame_get_buffer(frame, 64) < 0 { av_frame_free(&frame) }
    return frame
  }
}
