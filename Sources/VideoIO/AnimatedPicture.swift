import Files
import Glibc

/// Pictures that move, as far as FFmpeg needs help with them. It decodes animated GIF and PNG files
/// like any video.
enum AnimatedPicture {
  static let remedy =
    "convert it first, as with ImageMagick: convert in.webp -coalesce out.gif"

  /// Whether the header says that a WebP file is animated: RIFF, the extended header, bit 1.
  static func isWebP(_ path: String) -> Bool {
    guard let file = try? RegularFile.open(path) else { return false }
    defer { close(file.descriptor) }
    var header = [UInt8](repeating: 0, count: 21)
    guard pread(file.descriptor, &header, header.count, 0) == header.count else { return false }
    return header[..<4].elementsEqual("RIFF".utf8) && header[8..<16].elementsEqual("WEBPVP8X".utf8)
      && header[20] & 2 != 0
  }
}
