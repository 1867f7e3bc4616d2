import Foundation
import TestSupport
import Testing
import VideoIO

/// What cannot be read twice is refused at once, whether anybody writes into it or not.
@Suite(.timeLimit(.minutes(1))) struct ReadTwiceTests {
  private func expectRefused(_ path: String, _ kind: String) throws {
    for error in [
      try readingError(path),
      try #require(throws: VideoError.self) { try VideoReader.check(path) },
      try #require(throws: VideoError.self) { try VideoReader.timeline(path) },
    ] {
      #expect(error.exitCode == 5)
      #expect(error.reason.hasPrefix("it is a \(kind)"), "\(error)")
      #expect(error.remedy.contains("copy it to a file first"))
    }
  }

  @Test func pipes() throws {
    try withTemporaryFolder { folder in
      #expect(mkfifo("\(folder)/pipe", 0o600) == 0)
      try expectRefused("\(folder)/pipe", "pipe")
      #expect(symlink("pipe", "\(folder)/link.mp4") == 0)
      try expectRefused("\(folder)/link.mp4", "pipe")
    }
    let pipe = Pipe()
    try expectRefused("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)", "pipe")
  }

  @Test func devices() throws {
    try expectRefused("/dev/null", "device")
    try expectRefused("/dev/zero", "device")
  }

  @Test func sockets() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/s"
      let socket = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(socket) }
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      guard path.utf8.count < 100 else { return }
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
      let status = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
      }
      #expect(status == 0)
      try expectRefused(path, "socket")
    }
  }

  /// A file stays a file under the names that the system gives to what is open.
  @Test func openFilesAreFiles() throws {
    try withTemporaryFolder { folder in
      let clip = noise(frames: 2, height: 8, width: 8)
      try VideoWriter.write(clip, to: "\(folder)/clip.mp4")
      let file = try #require(FileHandle(forReadingAtPath: "\(folder)/clip.mp4"))
      #expect(try VideoReader.read("/dev/fd/\(file.fileDescriptor)").clip == clip)
    }
  }

  @Test func animatedWebPHasAdvice() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/moving.webp"
      try MediaBytes.animatedWebP.write(to: URL(filePath: path))
      let error = try readingError(path)
      #expect(error.exitCode == 5)
      #expect(error.reason.contains("animated WebP"), "\(error)")
      #expect(error.remedy.contains("out.gif"))
    }
  }
}
