import CFFmpeg

/// What becomes of samples that are more than three bytes of colour.
public enum PixelRules: Sendable {
  /// As FFmpeg does: transparency is dropped, so that the colour of a transparent pixel is the one
  /// that is stored, and grey of 16 bits is scaled.
  case video
  /// As Pillow and the image processors of transformers do: what is transparent shows white behind
  /// it, and grey of 16 bits is cut at 255.
  case picture
}

/// A frame of grey levels of 16 bits.
struct DeepGrey {
  private let frame: AVFrame

  init?(_ frame: UnsafePointer<AVFrame>) {
    let formats = [AV_PIX_FMT_GRAY16BE, AV_PIX_FMT_GRAY16LE].map(\.rawValue)
    guard formats.contains(frame.pointee.format), frame.pointee.data.0 != nil else { return nil }
    self.frame = frame.pointee
  }

  /// Writes rows of RGB, `stride` bytes apart.
  func write(to target: UnsafeMutablePointer<UInt8>, stride: Int) {
    guard let levels = frame.data.0 else { return }
    let highByte = frame.format == AV_PIX_FMT_GRAY16BE.rawValue ? 0 : 1
    for row in 0..<Int(frame.height) {
      let source = levels + row * Int(frame.linesize.0)
      for column in 0..<Int(frame.width) {
        let pair = source + column * 2
        let level = pair[highByte] == 0 ? pair[1 - highByte] : 255
        for channel in 0..<3 { target[row * stride + column * 3 + channel] = level }
      }
    }
  }
}
