import Foundation
import TestSupport
import Testing
import VideoIO

/// The error of an attempt to read, which must fail.
func readingError(_ path: String, stream: Int? = nil) throws -> VideoError {
  try #require(throws: VideoError.self) { try VideoReader.read(path, stream: stream) }
}

@Suite(.enabled(if: SharedVideos.exist, SharedVideos.absent))
struct DamagedFileTests {
  @Test(arguments: [
    ("media3_vp9_invalid-bitstream.webm", "none of its 51 frames can be decoded"),
    ("mp4parse_invalid_userdata.mp4", "none of its 5544 frames can be decoded"),
    ("mp4parse_zero_empty_stsc.mp4", "none of its 1040 frames can be decoded"),
  ])
  func nothingDecodableIsAnError(name: String, reason: String) throws {
    let error = try readingError(SharedVideos.path(name))
    #expect(error.kind == .nothingDecoded)
    #expect(error.exitCode == 5)
    #expect(error.reason.contains(reason), "\(error)")
    #expect(error.description.contains(name))
  }

  @Test func brokenIndexIsAnError() throws {
    let error = try readingError(SharedVideos.path("mp4parse_chunk_out_of_range.mp4"))
    #expect(error.kind == .unreadable || error.kind == .noSuchStream, "\(error)")
    #expect(error.exitCode == 5)
  }

  @Test func streamsThatAreNotVideoAreNamed() throws {
    let path = SharedVideos.path("torchcodec_nasa_13013.mp4")
    for stream in [-1, 1, 99] {
      let error = try readingError(path, stream: stream)
      #expect(error.kind == .noSuchStream)
      #expect(error.description.contains("stream \(stream) is not a video stream"))
      #expect(error.remedy == "choose from 0, 3")
    }
  }

  @Test func memoryLimitIsKept() throws {
    let path = SharedVideos.path("torchcodec_h265_video.mp4")
    let size = 10 * 128 * 128 * 3
    #expect(try VideoReader.read(path, byteLimit: size).clip.frames == 10)
    let error = try #require(throws: VideoError.self) {
      try VideoReader.read(path, byteLimit: size - 1)
    }
    #expect(error.kind == .tooLarge)
    #expect(error.exitCode == 4)
    #expect(error.reason.contains("9 frames of 128x128"))
  }
}

struct UnreadableFileTests {
  @Test func missingFile() throws {
    let error = try readingError("/no/such/file.mp4")
    #expect(error.kind == .missing)
    #expect(
      error.description
        == "cannot read video /no/such/file.mp4: No such file or directory; check the path")
  }

  @Test func folder() throws {
    #expect(try readingError("/tmp").reason == "it is a directory")
  }

  @Test func notAVideo() throws {
    try withTemporaryFolder { folder in
      for (name, bytes) in [("empty.mp4", []), ("text.mp4", Array("not a video\n".utf8))] {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let error = try readingError(path)
        #expect(error.kind == .unreadable, "\(error)")
        #expect(error.exitCode == 5)
      }
    }
  }

  /// A playlist is a text file that names other files; none of them may be opened.
  @Test func playlistsReachNoOtherFile() throws {
    try withTemporaryFolder { folder in
      let playlist = """
        #EXTM3U
        #EXT-X-TARGETDURATION:1
        #EXTINF:1,
        file:///etc/hostname
        #EXT-X-ENDLIST
        """
      let path = folder + "/list.m3u8"
      try playlist.write(toFile: path, atomically: true, encoding: .utf8)
      #expect(try readingError(path).exitCode == 5)
    }
  }
}

func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("videoio-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder.path)
}
