import Foundation

/// Small media files byte by byte, odd in one way each: no program is needed to make them.
public enum MediaBytes {
  /// A portable pixmap of one level. Several in a row are a video to FFmpeg, each frame with a size
  /// of its own, 25 a second.
  /// - Parameter most: above 255, samples have 16 bits
  public static func pixmap(_ width: Int, _ height: Int, level: Int = 90, most: Int = 255) -> Data {
    let sample = most > 255 ? [UInt8(level >> 8), UInt8(level & 255)] : [UInt8(level)]
    let count = width * height * 3
    return Data("P6\n\(width) \(height)\n\(most)\n".utf8)
      + Data((0..<count).flatMap { _ in sample })
  }

  /// A bitmap of one pixel, as a picture for a cover.
  public static let bitmap: Data = {
    let header = little(40) + little(1) + little(1) + Data([1, 0, 24, 0]) + Data(count: 24)
    return Data("BM".utf8) + little(58) + little(0) + little(54) + header + Data([1, 2, 3, 0])
  }()

  /// Silence as MP3, with a cover before it where one is given.
  public static func sound(cover: Data?) -> Data {
    let frame = Data([0xFF, 0xFB, 0x90, 0x64]) + Data(count: 413)
    let sound = (0..<12).reduce(into: Data()) { data, _ in data += frame }
    return (cover.map(taggedPicture) ?? Data()) + sound
  }

  /// Silence as WAV whose tags, at its end, hold a cover.
  public static func wave(cover: Data) -> Data {
    let tag = taggedPicture(cover)
    let padded = tag + Data(count: tag.count % 2)
    let format = Data([1, 0, 1, 0]) + little(8000) + little(16000) + Data([2, 0, 16, 0])
    let body =
      Data("WAVEfmt ".utf8) + little(16) + format + Data("data".utf8) + little(1600)
      + Data(count: 1600) + Data("id3 ".utf8) + little(tag.count) + padded
    return Data("RIFF".utf8) + little(body.count) + body
  }

  /// The start of a FLAC file: what it is, and a cover.
  public static func flac(cover: Data) -> Data {
    // 4096 samples a block, 44,100 Hz, 2 channels, 16 bits, none of them there.
    let stream =
      Data([0x10, 0, 0x10, 0]) + Data(count: 6) + Data([0x0A, 0xC4, 0x42, 0xF0])
      + Data(count: 20)
    let type = Data("image/bmp".utf8)
    let picture =
      big(3) + big(type.count) + type + big(0) + big(1) + big(1) + big(24) + big(0)
      + big(cover.count) + cover
    return Data("fLaC".utf8) + Data([0]) + big(34).suffix(3) + stream + Data([0x86])
      + big(picture.count).suffix(3) + picture
  }

  /// An MP4 file with a cover among its tags. Its index has to be its last part.
  public static func movie(_ file: Data, withCover cover: Data) -> Data {
    var (start, count) = (0, 0)
    while start < file.count {
      count = file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      if file[start + 4..<start + 8].elementsEqual("moov".utf8) { break }
      start += count
    }
    precondition(start + count == file.count, "moov is not the last part")
    // 27 stands for a bitmap.
    let picture = part("covr", part("data", big(27) + big(0) + cover))
    let handler = part(
      "hdlr", big(0) + big(0) + Data("mdirappl".utf8) + Data(count: 9))
    let tags = part("udta", part("meta", big(0) + handler + part("ilst", picture)))
    return file[..<start] + part("moov", file[(start + 8)...] + tags)
  }

  /// The header of an animated WebP file of 16 x 16.
  public static let animatedWebP: Data = {
    let extended = Data([2, 0, 0, 0, 15, 0, 0, 15, 0, 0])
    let frame = Data(count: 6) + Data([15, 0, 0, 15, 0, 0, 100, 0, 0, 0])
    let body =
      Data("WEBPVP8X".utf8) + little(10) + extended + Data("ANIM".utf8) + little(6)
      + Data(count: 6) + Data("ANMF".utf8) + little(frame.count) + frame
    return Data("RIFF".utf8) + little(body.count) + body
  }()

  /// An ID3 tag with a picture.
  private static func taggedPicture(_ cover: Data) -> Data {
    let picture = Data([0]) + Data("image/bmp".utf8) + Data([0, 3, 0]) + cover
    let frame = Data("APIC".utf8) + big(picture.count) + Data([0, 0]) + picture
    let size = Data([21, 14, 7, 0].map { UInt8(frame.count >> $0 & 127) })
    return Data("ID3".utf8) + Data([3, 0, 0]) + size + frame
  }

  private static func part(_ name: String, _ bytes: Data) -> Data {
    big(bytes.count + 8) + Data(name.utf8) + bytes
  }

  private static func little(_ number: Int) -> Data {
    Data((0..<4).map { UInt8(UInt32(number) >> (8 * $0) & 255) })
  }

  private static func big(_ number: Int) -> Data {
    Data((0..<4).map { UInt8(UInt32(number) >> (24 - 8 * $0) & 255) })
  }
}
