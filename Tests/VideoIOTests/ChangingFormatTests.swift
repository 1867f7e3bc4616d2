import Foundation
import TestSupport
import Testing
import VideoIO

/// Frames that change their size or their format of samples within one stream.
struct ChangingFormatTests {
  private func video(_ frames: Data...) throws -> DecodedVideo {
    var found: DecodedVideo?
    try withTemporaryFolder { folder in
      let path = "\(folder)/frames.ppm"
      try frames.reduce(Data(), +).write(to: URL(filePath: path))
      found = try VideoReader.read(path)
      // Skipping frames sees the same.
      #expect(try VideoReader.timeline(path).report == found?.report)
    }
    return try #require(found)
  }

  @Test func aSizeThatChangesIsSaid() throws {
    let found = try video(
      MediaBytes.pixmap(8, 6), MediaBytes.pixmap(8, 6), MediaBytes.pixmap(16, 4),
      MediaBytes.pixmap(16, 4))
    #expect(found.clip.frames == 4 && found.clip.height == 6 && found.clip.width == 8)
    #expect(found.clip.pixels.allSatisfy { abs(Int($0) - 90) <= 1 })
    let report = found.report
    #expect(report.height == 6 && report.width == 8)
    #expect(report.rescaledFrames == 2 && report.formatChangeCount == 1)
    #expect(report.formatChange?.frame == 2)
    let warning = try #require(report.warning)
    #expect(
      warning.hasSuffix(
        "frame 2 changes from 8x6 rgb24 to 16x4 rgb24; 2 scaled to the first frame's size, 8x6"),
      "\(warning)")
  }

  @Test func aSizeThatChangesBack() throws {
    let report = try video(
      MediaBytes.pixmap(8, 6), MediaBytes.pixmap(9, 6), MediaBytes.pixmap(8, 6)
    ).report
    #expect(report.rescaledFrames == 1)
    let warning = try #require(report.warning)
    #expect(warning.contains("to 9x6 rgb24 (first of 2 changes); 1 scaled"), "\(warning)")
  }

  @Test func aFormatThatChangesIsSaid() throws {
    let found = try video(
      MediaBytes.pixmap(8, 6), MediaBytes.pixmap(8, 6, level: 90 * 257, most: 65535))
    #expect(found.report.rescaledFrames == 0)
    #expect(found.report.warning?.contains("frame 1 changes from 8x6 rgb24 to 8x6 rgb48") == true)
    #expect(found.clip.pixels.allSatisfy { abs(Int($0) - 90) <= 1 })
  }

  @Test func nothingIsSaidOfFramesThatStay() throws {
    let report = try video(MediaBytes.pixmap(8, 6), MediaBytes.pixmap(8, 6)).report
    #expect(report.formatChange == nil && report.warning == nil, "\(report)")
  }
}
