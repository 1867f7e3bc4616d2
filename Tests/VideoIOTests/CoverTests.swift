import Foundation
import TestSupport
import Testing
import VideoIO

/// The picture of a record's cover is no video, wherever it lies.
struct CoverTests {
  static let sounds: [(name: String, bytes: Data)] = [
    ("song.mp3", MediaBytes.sound(cover: MediaBytes.bitmap)),
    ("song.wav", MediaBytes.wave(cover: MediaBytes.bitmap)),
    ("song.flac", MediaBytes.flac(cover: MediaBytes.bitmap)),
  ]

  @Test(arguments: sounds) func aSoundWithACoverIsNoVideo(name: String, bytes: Data) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      try bytes.write(to: URL(filePath: path))
      for stream in [nil, 0, 1] {
        let error = try readingError(path, stream: stream)
        #expect(error.kind == .noSuchStream && error.exitCode == 5)
        #expect(error.reason.contains("is an attached picture, such as"), "\(error)")
      }
    }
  }

  @Test func aSoundWithoutOneIsNoneEither() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/plain.mp3"
      try MediaBytes.sound(cover: nil).write(to: URL(filePath: path))
      let error = try readingError(path)
      #expect(error.kind == .noSuchStream && !error.reason.contains("cover"), "\(error)")
    }
  }

  /// Also a film of one frame, which has as many pictures as its cover.
  @Test(arguments: [1, 12]) func aFilmWithACoverIsTheFilm(frames: Int) throws {
    try withTemporaryFolder { folder in
      let clip = noise(frames: frames, height: 16, width: 24)
      let path = "\(folder)/film.mp4"
      try VideoWriter.write(clip, to: path)
      let plain = try Data(contentsOf: URL(filePath: path))
      try MediaBytes.movie(plain, withCover: MediaBytes.bitmap).write(to: URL(filePath: path))
      let video = try VideoReader.read(path)
      #expect(video.clip == clip)
      #expect(video.report.videoStreams == [0])
      let cover = try readingError(path, stream: 1)
      #expect(cover.description.contains("stream 1 is not a video stream; choose from 0"))
    }
  }
}
