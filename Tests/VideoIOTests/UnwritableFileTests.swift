import Foundation
import Testing
import Video
import VideoIO

struct UnwritableFileTests {
  private let clip = noise(frames: 2, height: 8, width: 8)

  private func writingError(_ path: String, _ clip: Clip? = nil) throws -> VideoError {
    try #require(throws: VideoError.self) { try VideoWriter.write(clip ?? self.clip, to: path) }
  }

  @Test func missingFolder() throws {
    let error = try writingError("/no/such/folder/clip.mp4")
    #expect(
      error.description == "cannot write video /no/such/folder/clip.mp4: "
        + "No such file or directory; create the directory first")
    #expect(error.exitCode == 1)
  }

  @Test func folderInPlaceOfFile() throws {
    #expect(try writingError("/tmp").reason == "it is a directory")
    #expect(try writingError("clips/").reason == "it is a directory")
  }

  /// `/dev/full` answers every write with "no space left".
  @Test func fullDisk() throws {
    let error = try writingError("/dev/full", noise(frames: 4, height: 256, width: 256))
    #expect(error.reason == "No space left on device")
    #expect(error.remedy == "free disk space and run again")
  }

  @Test func aLinkStaysAndItsTargetIsReplaced() throws {
    try withTemporaryFolder { folder in
      #expect(symlink("real.mp4", folder + "/link.mp4") == 0)
      try VideoWriter.write(clip, to: folder + "/link.mp4")
      var status = stat()
      #expect(lstat(folder + "/link.mp4", &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
      #expect(lstat(folder + "/real.mp4", &status) == 0 && status.st_mode & S_IFMT == S_IFREG)
    }
  }

  @Test func timesMustIncrease() throws {
    try withTemporaryFolder { folder in
      for times: [Double] in [[0, 0], [0.5, 0.25], [-1, 0], [.nan, 1], [0, .infinity]] {
        let clip = Clip(
          frames: 2, height: 1, width: 1, pixels: [1, 2, 3, 4, 5, 6], times: times)
        let error = try writingError(folder + "/clip.mp4", clip)
        #expect(error.reason.contains("has time"), "\(error)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test func emptyClips() throws {
    try withTemporaryFolder { folder in
      for (height, width) in [(0, 0), (8, 8)] {
        let clip = Clip(frames: 0, height: height, width: width, pixels: [], times: [])
        _ = try writingError(folder + "/clip.mp4", clip)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
    }
  }

  @Test func abandonedFileLeavesTheOldOne() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/clip.mp4"
      try VideoWriter.write(clip, to: path)
      do {
        let writer = try VideoWriter(path: path, height: 8, width: 8, framesPerSecond: 8)
        try writer.append(clip.frame(1), time: 0)
      }
      #expect(try VideoReader.read(path).clip == clip)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["clip.mp4"])
    }
  }

  @Test func existingFileIsReplaced() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/clip.mp4"
      try VideoWriter.write(noise(frames: 9, height: 20, width: 20), to: path)
      try VideoWriter.write(clip, to: path)
      #expect(try VideoReader.read(path).clip == clip)
    }
  }
}
