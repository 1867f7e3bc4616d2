import Foundation
import Testing
import Video
import VideoIO

/// A clip of noise: the hardest frames to keep bit for bit.
func noise(
  frames: Int, height: Int, width: Int, framesPerSecond: Double = 8, seed: UInt64 = 1
) -> Clip {
  var state = seed
  let pixels = (0..<frames * height * width * 3).map { _ -> UInt8 in
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return UInt8(truncatingIfNeeded: state >> 56)
  }
  return Clip(
    frames: frames, height: height, width: width, pixels: pixels,
    framesPerSecond: framesPerSecond)
}

/// A smooth moving picture, the same at every size.
func gradient(frames: Int, height: Int, width: Int) -> Clip {
  var pixels: [UInt8] = []
  for frame in 0..<frames {
    for y in 0..<height {
      for x in 0..<width {
        pixels.append(UInt8((x * 200 / width + frame * 4) % 256))
        pixels.append(UInt8(y * 255 / height))
        pixels.append(UInt8((x + y) * 100 / (width + height) + 60))
      }
    }
  }
  return Clip(
    frames: frames, height: height, width: width, pixels: pixels, framesPerSecond: 25)
}

struct LosslessWriterTests {
  @Test(arguments: [(17, 48, 48), (1, 1, 1), (5, 3, 7), (9, 45, 61), (2, 64, 1), (3, 50, 34)])
  func decodedFramesEqualWrittenFrames(frames: Int, height: Int, width: Int) throws {
    try withTemporaryFolder { folder in
      let clip = noise(frames: frames, height: height, width: width)
      try VideoWriter.write(clip, to: folder + "/clip.mp4")
      let video = try VideoReader.read(folder + "/clip.mp4")
      #expect(video.clip == clip)
      #expect(video.report.isIntact, "\(video.report)")
      #expect(video.report.declaredFrames == frames)
    }
  }

  @Test func longClipWithSeveralKeyFrames() throws {
    try withTemporaryFolder { folder in
      let clip = noise(frames: 600, height: 16, width: 16, framesPerSecond: 25)
      try VideoWriter.write(clip, to: folder + "/clip.mp4")
      #expect(try VideoReader.read(folder + "/clip.mp4").clip.pixels == clip.pixels)
    }
  }

  static let timings: [[Double]] = [
    [0, 0.125, 0.25], [0, 1 / 30, 1, 1.5], [0.5, 0.75, 3], [2], [0, 1001 / 24000, 2002 / 24000],
  ]

  @Test(arguments: timings)
  func timesAreKept(times: [Double]) throws {
    try withTemporaryFolder { folder in
      let count = times.count
      let clip = Clip(
        frames: count, height: 4, width: 4, pixels: [UInt8](repeating: 90, count: count * 48),
        times: times)
      for encoding in [VideoEncoding.lossless, .visual()] {
        try VideoWriter.write(clip, to: folder + "/clip.mp4", encoding: encoding)
        let read = try VideoReader.read(folder + "/clip.mp4").clip
        #expect(read.times.count == count)
        #expect(zip(read.times, times).allSatisfy { abs($0 - $1) < 2e-6 }, "\(read.times)")
      }
    }
  }

  @Test(arguments: [VideoEncoding.lossless, .visual()])
  func sameFramesGiveTheSameBytes(encoding: VideoEncoding) throws {
    try withTemporaryFolder { folder in
      for (height, width) in [(40, 56), (48, 48), (37, 61)] {
        let clip = gradient(frames: 12, height: height, width: width)
        let files = try (0..<6).map { number in
          try VideoWriter.write(clip, to: folder + "/\(number).mp4", encoding: encoding)
          return try Data(contentsOf: URL(fileURLWithPath: folder + "/\(number).mp4"))
        }
        #expect(files[0].count > 500)
        #expect(files.allSatisfy { $0 == files[0] }, "\(height) x \(width)")
      }
    }
  }
}

struct VisualWriterTests {
  /// Peak signal-to-noise ratio in decibels of two pictures of the same size.
  private func psnr(_ a: [UInt8], _ b: [UInt8]) -> Double {
    let error = zip(a, b).reduce(0.0) { $0 + pow(Double($1.0) - Double($1.1), 2) }
    return 10 * log10(255 * 255 * Double(a.count) / error)
  }

  @Test func evenSizesLookTheSame() throws {
    try withTemporaryFolder { folder in
      let clip = gradient(frames: 30, height: 96, width: 128)
      try VideoWriter.write(clip, to: folder + "/clip.mp4", encoding: .visual())
      let video = try VideoReader.read(folder + "/clip.mp4")
      #expect(video.report.pixelFormat == "yuv420p")
      #expect(video.report.colourRange == .limited)
      #expect(video.clip.frames == 30)
      #expect(psnr(video.clip.pixels, clip.pixels) > 35)
    }
  }

  @Test func oddSizesRepeatTheLastRowAndColumn() throws {
    try withTemporaryFolder { folder in
      let clip = gradient(frames: 4, height: 47, width: 31)
      try VideoWriter.write(clip, to: folder + "/clip.mp4", encoding: .visual(quality: 1))
      let read = try VideoReader.read(folder + "/clip.mp4").clip
      #expect((read.height, read.width) == (48, 32))
      var cropped: [UInt8] = []
      for frame in 0..<4 {
        for y in 0..<47 {
          let start = ((frame * 48 + y) * 32) * 3
          cropped += read.pixels[start..<start + 31 * 3]
        }
      }
      #expect(psnr(cropped, clip.pixels) > 35)
    }
  }
}
