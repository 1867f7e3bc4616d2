import Foundation
import Testing
import VideoIO

/// Pictures as Pillow and the image processors read them, beside FFmpeg's own way.
@Suite struct PictureTests {
  /// The samples of a file with these bytes.
  private func samples(_ file: Data, _ suffix: String, _ rules: PixelRules) throws -> [UInt8] {
    let url = FileManager.default.temporaryDirectory.appending(path: "merepl-\(UUID()).\(suffix)")
    defer { try? FileManager.default.removeItem(at: url) }
    try file.write(to: url)
    return try VideoReader.read(url.path(percentEncoded: false), frames: [0], rules: rules)
      .clip.pixels
  }

  /// A portable map of one row.
  private func map(_ type: String, depth: Int, _ bytes: [UInt8], most: Int = 255) -> Data {
    let width = bytes.count / depth / (most > 255 ? 2 : 1)
    let header =
      "P7\nWIDTH \(width)\nHEIGHT 1\nDEPTH \(depth)\nMAXVAL \(most)\nTUPLTYPE \(type)\nENDHDR\n"
    return Data(header.utf8) + Data(bytes)
  }

  @Test func transparencyShowsWhite() throws {
    let file = map(
      "RGB_ALPHA", depth: 4, [255, 0, 0, 0, 255, 0, 0, 128, 9, 80, 7, 255, 3, 200, 100, 1])
    #expect(
      try samples(file, "pam", .picture)
        == [255, 255, 255, 255, 127, 127, 9, 80, 7, 254, 255, 254])
    #expect(
      try samples(file, "pam", .video) == [255, 0, 0, 255, 0, 0, 9, 80, 7, 3, 200, 100])
  }

  @Test func greyWithTransparency() throws {
    let file = map("GRAYSCALE_ALPHA", depth: 2, [100, 0, 100, 255, 0, 51])
    #expect(
      try samples(file, "pam", .picture) == [255, 255, 255, 100, 100, 100, 204, 204, 204])
  }

  /// Every level under every alpha, as Pillow's alpha_composite rounds it.
  @Test func everyLevelUnderEveryAlpha() throws {
    let levels = (0..<256).flatMap { alpha in (0..<256).map { (alpha, level: $0) } }
    let file = map(
      "RGB_ALPHA", depth: 4,
      levels.flatMap { [UInt8($0.level), 0, 255, UInt8($0.0)] })
    let found = try samples(file, "pam", .picture)
    for (index, (alpha, level)) in levels.enumerated() {
      let exact = (Double(level * alpha) + 255 * Double(255 - alpha)) / 255
      #expect(found[index * 3] == UInt8(exact.rounded()) && found[index * 3 + 2] == 255)
    }
  }

  /// A bitmap of one blue-green pixel of 32 bits, whose fourth byte Pillow passes over.
  @Test func bitmapsHaveNoTransparency() throws {
    func number(_ value: Int32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian, Array.init) }
    let information =
      number(40) + number(1) + number(1) + [1, 0, 32, 0] + number(0) + number(4)
      + [UInt8](repeating: 0, count: 16)
    let file = Array("BM".utf8) + number(58) + number(0) + number(54) + information
    #expect(try samples(Data(file + [200, 100, 0, 9]), "bmp", .picture) == [0, 100, 200])
  }

  @Test func deepGreyIsCutAt255() throws {
    let file = Data("P5\n4 1\n65535\n".utf8) + Data([0, 0, 0, 200, 1, 0, 255, 255])
    #expect(
      try samples(file, "pgm", .picture)
        == [0, 200, 255, 255].flatMap { [$0, $0, $0] as [UInt8] })
    #expect(try samples(file, "pgm", .video).suffix(3) == [255, 255, 255])
    #expect(try samples(file, "pgm", .video)[3] < 2)
  }
}
