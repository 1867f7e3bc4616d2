import CFFmpeg
import Foundation

/// Turns decoded frames into upright RGB as `ffmpeg -pix_fmt rgb24` does, bit for bit.
///
/// That means the scaler's default bicubic kernel without accurate rounding, the frame's own
/// colour matrix and range, and MPEG-2 chroma positions for 4:2:0. What is transparent, or grey of
/// 16 bits, becomes what ``PixelRules`` says.
final class FrameConverter {
  /// Size of the frames that come out.
  let height: Int
  let width: Int

  private let orientation: Orientation
  private let rules: PixelRules
  /// What the scaler was built for; a frame that differs needs a new one.
  private struct Source: Equatable {
    var width: Int32
    var height: Int32
    var format: Int32
    var matrix: AVColorSpace
    var range: AVColorRange
  }
  private var source: Source?
  private var scaler: OpaquePointer?
  /// The frame as the scaler writes it. Its vector instructions fill whole blocks, past the last
  /// pixel of a row, so rows need room behind them that a clip does not have.
  private let scaled: UnsafeMutablePointer<UInt8>
  /// Bytes from one row of `scaled` to the next.
  private let stride: Int

  /// - Parameter frame: the first frame, whose size becomes that of all.
  init(first frame: UnsafePointer<AVFrame>, orientation: Orientation, rules: PixelRules) {
    self.orientation = orientation
    self.rules = rules
    let (rows, columns) = (Int(frame.pointee.height), Int(frame.pointee.width))
    (height, width) = orientation.size(height: rows, width: columns)
    stride = (columns * 4 + 2 * Self.alignment - 1) / Self.alignment * Self.alignment
    scaled = UnsafeMutableRawPointer.allocate(
      byteCount: stride * rows + Self.alignment, alignment: Self.alignment
    ).bindMemory(to: UInt8.self, capacity: stride * rows)
  }

  deinit {
    sws_freeContext(scaler)
    UnsafeMutableRawPointer(scaled).deallocate()
  }

  /// Bytes in the widest vector register.
  private static let alignment = 64

  /// Size of the frame before it is turned.
  private var decodedSize: (height: Int, width: Int) {
    orientation.size(height: height, width: width)
  }

  /// Whether a frame has another size than the first, so that converting it also scales it.
  func rescales(_ frame: UnsafePointer<AVFrame>) -> Bool {
    (Int(frame.pointee.height), Int(frame.pointee.width)) != decodedSize
  }

  /// Writes a frame as `[height, width, 3]` to `target`.
  func convert(
    _ frame: UnsafePointer<AVFrame>, to target: UnsafeMutablePointer<UInt8>
  ) throws(ScalerError) {
    let (rows, columns) = decodedSize
    if rules == .picture, let grey = DeepGrey(frame), !rescales(frame) {
      grey.write(to: scaled, stride: stride)
    } else {
      try prepareScaler(for: frame)
      try scale(frame)
      if keepsAlpha(frame.pointee.format) {
        Self.blendWithWhite(scaled, stride: stride, rows: rows, columns: columns)
      }
    }
    orientation.apply(scaled, stride: stride, height: rows, width: columns, to: target)
  }

  /// Whether frames of a format are scaled to RGBA, for the colour behind them to show through.
  private func keepsAlpha(_ format: Int32) -> Bool {
    guard rules == .picture, let description = av_pix_fmt_desc_get(AVPixelFormat(format)) else {
      return false
    }
    return description.pointee.flags & UInt64(AV_PIX_FMT_FLAG_ALPHA) != 0
  }

  /// Turns rows of RGBA into rows of RGB in the same place, with the nearest level as Pillow does.
  private static func blendWithWhite(
    _ samples: UnsafeMutablePointer<UInt8>, stride: Int, rows: Int, columns: Int
  ) {
    for row in 0..<rows {
      let line = samples + row * stride
      for column in 0..<columns {
        let alpha = Int(line[column * 4 + 3])
        for channel in 0..<3 {
          let sum = Int(line[column * 4 + channel]) * alpha + 255 * (255 - alpha)
          line[column * 3 + channel] = UInt8((sum + 127) / 255)
        }
      }
    }
  }

  private func scale(_ frame: UnsafePointer<AVFrame>) throws(ScalerError) {
    let planes = withUnsafePointer(to: frame.pointee.data) { tuple in
      tuple.withMemoryRebound(to: UnsafePointer<UInt8>?.self, capacity: 8) {
        Array(UnsafeBufferPointer(start: $0, count: 4))
      }
    }
    let strides = withUnsafePointer(to: frame.pointee.linesize) { tuple in
      tuple.withMemoryRebound(to: Int32.self, capacity: 8) {
        Array(UnsafeBufferPointer(start: $0, count: 4))
      }
    }
    let rows = sws_scale(
      scaler, planes, strides, 0, frame.pointee.height,
      [scaled, nil, nil, nil], [Int32(stride), 0, 0, 0])
    if rows < 0 { throw ScalerError(code: rows) }
  }

  private func prepareScaler(for frame: UnsafePointer<AVFrame>) throws(ScalerError) {
    let needed = Source(
      width: frame.pointee.width, height: frame.pointee.height, format: frame.pointee.format,
      matrix: frame.pointee.colorspace, range: frame.pointee.color_range)
    if needed == source { return }
    sws_freeContext(scaler)
    source = nil
    scaler = sws_alloc_context()
    guard let scaler else { throw ScalerError(code: CFFmpeg_AVERROR(ENOMEM)) }
    let object = UnsafeMutableRawPointer(scaler)
    let (rows, columns) = decodedSize
    let target = keepsAlpha(needed.format) ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24
    let options: [(String, Int)] = [
      ("srcw", Int(needed.width)), ("srch", Int(needed.height)),
      ("src_format", Int(needed.format)), ("dstw", columns), ("dsth", rows),
      ("dst_format", Int(target.rawValue)), ("sws_flags", Int(SWS_BICUBIC)), ("threads", 1),
    ]
    for (name, value) in options { av_opt_set_int(object, name, Int64(value), 0) }
    if needed.format == AV_PIX_FMT_YUV420P.rawValue {
      av_opt_set_int(object, "src_v_chr_pos", 128, 0)
    }
    let status = sws_init_context(scaler, nil, nil)
    if status < 0 { throw ScalerError(code: status) }
    applyColour(of: needed, to: scaler)
    source = needed
  }

  /// Sets the YUV matrix and range that the frame declares; BT.601 where it declares none.
  private func applyColour(of source: Source, to scaler: OpaquePointer) {
    var matrix: UnsafeMutablePointer<Int32>?
    var outputMatrix: UnsafeMutablePointer<Int32>?
    var fullInput: Int32 = 0
    var fullOutput: Int32 = 0
    var (brightness, contrast, saturation): (Int32, Int32, Int32) = (0, 0, 0)
    sws_getColorspaceDetails(
      scaler, &matrix, &fullInput, &outputMatrix, &fullOutput,
      &brightness, &contrast, &saturation)
    var space = Int32(bitPattern: source.matrix.rawValue)
    if space < 1 || space > 10 || space == AVCOL_SPC_YCGCO.rawValue {
      space = Int32(AVCOL_SPC_BT470BG.rawValue)
    }
    if source.range != AVCOL_RANGE_UNSPECIFIED {
      fullInput = source.range == AVCOL_RANGE_JPEG ? 1 : 0
    }
    let coefficients = sws_getCoefficients(space)
    sws_setColorspaceDetails(
      scaler, coefficients, fullInput, coefficients, fullOutput,
      brightness, contrast, saturation)
  }
}

/// A frame that the scaler cannot turn into RGB.
struct ScalerError: Error {
  let code: Int32
}
