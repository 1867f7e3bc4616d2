import CFFmpeg

/// How frames are compressed. Both forms are H.264 in an MP4 file.
public enum VideoEncoding: Sendable, Hashable {
  /// Decoded frames equal the written ones bit for bit: RGB without chroma subsampling or
  /// quantisation. For data; many players show only 4:2:0.
  case lossless
  /// For watching: 4:2:0, BT.709, constant quality. Odd sizes grow by one row or column, which
  /// repeats the last one, as 4:2:0 needs even ones.
  /// - Parameter quality: x264's constant rate factor, from 1 (best) to 51; 18 looks lossless.
  case visual(quality: Int = 18)

  /// Name of the FFmpeg encoder.
  var encoder: String {
    switch self {
    case .lossless: "libx264rgb"
    case .visual: "libx264"
    }
  }

  /// Format of the samples that the encoder takes.
  var pixelFormat: AVPixelFormat {
    switch self {
    case .lossless: AV_PIX_FMT_RGB24
    case .visual: AV_PIX_FMT_YUV420P
    }
  }

  /// The encoder's private options.
  ///
  /// Lossless clips are small and many, so they take the fastest preset. x264's macroblock tree is
  /// off: on processors with AVX-512 it depends on memory that was never written, and the same
  /// frames gave different bytes.
  var options: [(name: String, value: String)] {
    switch self {
    case .lossless: [("preset", "ultrafast"), ("qp", "0")]
    case .visual(let quality):
      [("preset", "medium"), ("crf", "\(min(max(quality, 1), 51))"), ("mbtree", "0")]
    }
  }

  /// Size of the encoded frame for a frame of `extent` rows or columns.
  func codedExtent(_ extent: Int) -> Int {
    switch self {
    case .lossless: extent
    case .visual: (extent + 1) / 2 * 2
    }
  }

  /// The most rows and the most columns that the encoder takes.
  public static let longestSide = 16384

  /// Whether frames of a size can be encoded: FFmpeg bounds the sides, and the area with borders.
  public func fits(height: Int, width: Int) -> Bool {
    guard 1...Self.longestSide ~= height, 1...Self.longestSide ~= width else { return false }
    let (rows, columns) = (codedExtent(height), codedExtent(width))
    return rows <= Self.longestSide && columns <= Self.longestSide
      && (rows + 128) * (columns + 128) < Int(Int32.max) / 8
  }
}
