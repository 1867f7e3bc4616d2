import Foundation
import Testing
import Video
import VideoIO

/// Times of real files in ticks that an MP4 file can hold.
struct MovieTimesTests {
  /// Checks what holds always, and that a film of these times can be written and read back.
  @discardableResult
  private func fitted(_ times: [Double], nominal: Double? = nil) throws -> MovieTimes {
    let found = MovieTimes(fitting: times, nominal: nominal)
    #expect(found.ticks.count == times.count && found.ticks.first == 0)
    #expect(zip(found.ticks.dropFirst(), found.ticks).allSatisfy { $0 > $1 })
    try withTemporaryFolder { folder in
      let pixels = (0..<32 * 32 * 3).map { UInt8($0 % 251) }
      for encoding in [VideoEncoding.lossless, .visual()] {
        let path = "\(folder)/film.mp4"
        let writer = try VideoWriter(
          path: path, height: 32, width: 32, framesPerSecond: found.framesPerSecond,
          encoding: encoding, ticksPerSecond: found.ticksPerSecond)
        for (index, tick) in found.ticks.enumerated() {
          try writer.append(pixels.map { $0 &+ UInt8(index % 7) }[...], tick: tick)
        }
        try writer.finish()
        let read = try VideoReader.timeline(path)
        let shown = read.times.map { Int64(($0 * Double(found.ticksPerSecond)).rounded()) }
        #expect(shown == found.ticks)
        #expect(read.report.isIntact, "\(read.report)")
      }
    }
    return found
  }

  private func steady(_ count: Int, _ step: Double, from start: Double = 0) -> [Double] {
    (0..<count).map { start + Double($0) * step }
  }

  @Test func usualTimesStayAsTheyAre() throws {
    let found = try fitted(steady(12, 1 / 25), nominal: 25)
    #expect(found.ticksPerSecond == VideoWriter.ticksPerSecond && found.framesPerSecond == 25)
    #expect(found.ticks == (0..<12).map { Int64($0) * 14_400 })
    #expect(found.movedFrames == 0 && found.shortenedGaps == 0)
  }

  @Test func framesAtOneTickAreATickApart() throws {
    let found = try fitted([0, 1e-6, 2e-6, 0.04, 0.08], nominal: 25)
    #expect(found.ticks == [0, 1, 2, 14_400, 28_800])
    #expect(found.movedFrames == 2)
  }

  @Test func equalAndFallingTimesAreHalfAFrameApart() throws {
    let found = try fitted([5, 5, 4, 5.2, 5.3], nominal: 10)
    #expect(found.ticks == [0, 18_000, 36_000, 72_000, 108_000])
    #expect(found.movedFrames == 2)
    try fitted([1, 1, 1, 1])
  }

  @Test func gapsOfHoursHaveCoarserTicks() throws {
    let found = try fitted(steady(6, 10_800), nominal: 1 / 10_800)
    #expect(found.ticksPerSecond == 360 && found.shortenedGaps == 0)
    #expect(found.ticks[1] == 10_800 * 360)
    // The longest gaps that there are, one after the other.
    try fitted(steady(40, Double(MovieTimes.longestGap) / 36))
    // A pause of a day in a film of ten frames a second.
    let pause = try fitted([0, 0.1, 0.2, 86_400, 86_400.1], nominal: 10)
    #expect(pause.shortenedGaps == 0 && pause.ticksPerSecond == 360)
  }

  @Test func gapsOfYearsAreShortened() throws {
    let year = 3.2e7
    let found = try fitted([0, 0.04, 0.08, year, year + 0.04, 3 * year], nominal: 25)
    #expect(found.shortenedGaps == 2 && found.movedFrames == 0)
    #expect(found.ticks[3] - found.ticks[2] == MovieTimes.longestGap)
    #expect(found.ticksPerSecond == 360 && found.ticks[4] - found.ticks[3] == 14)
  }

  @Test func startsFarFromZero() throws {
    for start in [1.7e9, -3.5, -1e9] {
      let found = try fitted(steady(4, 0.5, from: start), nominal: 2)
      #expect(found.ticks == [0, 180_000, 360_000, 540_000])
    }
  }

  @Test func whateverTheFileSays() throws {
    try fitted([0])
    try fitted([.nan, .infinity, 3, -.infinity, .nan, 4])
    try fitted([0, 1e300, 1e301])
    try fitted([0, 5e-324, 1e-310])
    for nominal in [0, -1, .nan, .infinity, 1e-300, 1e300] as [Double] {
      let found = try fitted(steady(5, 0.04), nominal: nominal)
      #expect(abs(found.framesPerSecond - 25) < 1e-9)
      try fitted([7], nominal: nominal)
    }
  }

  @Test func variableRatesAreKept() throws {
    let times: [Double] = [0, 1 / 30, 1 / 15, 1, 1.5, 1.6, 4]
    let found = try fitted(times, nominal: 30)
    #expect(found.movedFrames == 0)
    for (tick, time) in zip(found.ticks, times) {
      #expect(abs(Double(tick) / 360_000 - time) < 2e-6)
    }
  }
}

struct EncoderLimitTests {
  @Test func sidesAndAreasHaveLimits() {
    let film = VideoEncoding.visual()
    for (height, width, fits) in [
      (16384, 16, true), (16383, 16, true), (16385, 16, false), (16, 16385, false), (0, 16, false),
      (16384, 16384, false), (16384, 16000, true), (1, 1, true),
    ] {
      #expect(film.fits(height: height, width: width) == fits, "\(height) x \(width)")
    }
  }

  /// What fits is encoded: the longest sides, even and odd.
  @Test(arguments: [(16384, 2), (2, 16384), (16383, 3), (1, 1)])
  func theLongestSidesAreEncoded(height: Int, width: Int) throws {
    try withTemporaryFolder { folder in
      let clip = gradient(frames: 1, height: height, width: width)
      try VideoWriter.write(clip, to: "\(folder)/clip.mp4", encoding: .visual())
      #expect(try VideoReader.timeline("\(folder)/clip.mp4").times.count == 1)
    }
  }

  @Test func errorsNameTheLimit() throws {
    try withTemporaryFolder { folder in
      let error = try #require(throws: VideoError.self) {
        try VideoWriter(path: "\(folder)/o.mp4", height: 16385, width: 8, framesPerSecond: 8)
      }
      #expect(error.description.contains("8x16385") && error.remedy.contains("16384"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }
}
