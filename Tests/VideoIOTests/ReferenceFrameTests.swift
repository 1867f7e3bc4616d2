import Foundation
import TestSupport
import Testing
import Video
import VideoIO

/// A frame published by another reader, as bytes.
struct ReferenceFrame: Sendable, CustomTestStringConvertible {
  var video: String
  var stream: Int
  var frame: Int
  var file: String

  var testDescription: String { file }

  static let all: [ReferenceFrame] = [
    ("av1_video.mkv", 0, 10), ("h265_video.mp4", 0, 5), ("nasa_13013.mp4", 0, 0),
    ("nasa_13013.mp4", 0, 35), ("nasa_13013.mp4", 3, 0), ("nasa_13013.mp4", 3, 35),
    ("nasa_13013.mp4", 3, 389),
  ].map { video, stream, frame in
    ReferenceFrame(
      video: "torchcodec_" + video, stream: stream, frame: frame,
      file: String(format: "%@.stream%d.frame%06d.rgb24", video, stream, frame))
  }
}

@Suite(.enabled(if: SharedVideos.exist, SharedVideos.absent))
struct ReferenceFrameTests {
  @Test(arguments: ReferenceFrame.all)
  func framesAreEqualBitForBit(_ reference: ReferenceFrame) throws {
    let video = try VideoReader.read(
      SharedVideos.path(reference.video), frames: [reference.frame], stream: reference.stream)
    let expected = try SharedVideos.bytes("torchcodec_reference/" + reference.file)
    #expect(video.clip.frames == 1)
    #expect(video.clip.pixels == expected)
  }

  @Test(arguments: [(0, 325, 0), (3, 390, 3)])
  func timesEqualThoseOfTheReference(stream: Int, frames: Int, best: Int) throws {
    struct Info: Decodable {
      var time: String
      enum CodingKeys: String, CodingKey { case time = "pts_time" }
    }
    let bytes = try SharedVideos.bytes(
      "torchcodec_reference/nasa_13013.mp4.stream\(stream).all_frames_info.json")
    let infos = try JSONDecoder().decode([Info].self, from: Data(bytes))
    let (times, report) = try VideoReader.timeline(
      SharedVideos.path("torchcodec_nasa_13013.mp4"), stream: stream)
    #expect(infos.count == frames)
    #expect(times.map { String(format: "%.6f", $0) } == infos.map(\.time))
    #expect(report.videoStreams == [0, 3])
    #expect(report.stream == best)
  }

  /// The reference seeks to six seconds and gives the first frame from there on.
  @Test func firstFrameFromSixSecondsOn() throws {
    let path = SharedVideos.path("torchcodec_nasa_13013.mp4")
    let times = try VideoReader.timeline(path).times
    let first = try #require(times.firstIndex { $0 >= 6 })
    let clip = try VideoReader.read(path, frames: [first]).clip
    let expected = try SharedVideos.bytes(
      "torchcodec_reference/nasa_13013.mp4.time6.000000.rgb24")
    #expect(clip.pixels == expected)
  }

  @Test func selectedFramesRepeatAndComeInAnyOrder() throws {
    let path = SharedVideos.path("torchcodec_h265_video.mp4")
    let all = try VideoReader.read(path).clip
    #expect(try VideoReader.read(path, frames: [7, 2, 2, 9]).clip == all.selecting([7, 2, 2, 9]))
    #expect(try VideoReader.read(path, frames: []).clip.frames == 0)
    #expect(throws: VideoError.self) { try VideoReader.read(path, frames: [3, 10]) }
  }

  @Test func streamingGivesTheSameFrames() throws {
    let path = SharedVideos.path("decord_video_90.mov")
    let clip = try VideoReader.read(path).clip
    let reader = try VideoReader(path: path)
    var index = 0
    while let frame = try reader.next() {
      #expect(frame.index == index)
      #expect(frame.time == clip.times[index])
      #expect((frame.height, frame.width) == (clip.height, clip.width))
      #expect(frame.pixels[...] == clip.frame(index))
      index += 1
    }
    #expect(index == clip.frames)
    #expect(try reader.next() == nil)
  }
}
