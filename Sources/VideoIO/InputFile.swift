import CFFmpeg
import Files
import Foundation

/// An open file from which FFmpeg reads: what was checked is what is read, whatever the name is
/// made to mean meanwhile.
///
/// A command decodes a video more than once, so that pipes, sockets and devices are refused, at
/// once: nobody waits for a pipe.
final class InputFile {
  private let descriptor: Int32
  /// FFmpeg's view of this file.
  private(set) var stream: UnsafeMutablePointer<AVIOContext>?

  init(path: String) throws(VideoError) {
    descriptor = try Self.open(path)
    ReadFiles.note(descriptor)
    let size = 1 << 15
    if let buffer = av_malloc(size) {
      stream = avio_alloc_context(
        buffer.assumingMemoryBound(to: UInt8.self), Int32(size), 0,
        Unmanaged.passUnretained(self).toOpaque(),
        { file, bytes, count in
          Unmanaged<InputFile>.fromOpaque(file!).takeUnretainedValue().read(bytes, count)
        }, nil,
        { file, offset, origin in
          Unmanaged<InputFile>.fromOpaque(file!).takeUnretainedValue().seek(offset, origin)
        })
      if stream == nil { av_free(buffer) }
    }
    guard stream != nil else {
      throw VideoError(
        kind: .unreadable, path: path, reason: String(cString: strerror(ENOMEM)),
        remedy: "free memory and run again")
    }
  }

  deinit {
    if let stream { av_free(stream.pointee.buffer) }
    avio_context_free(&stream)
    close(descriptor)
  }

  /// Throws where `path` leads to nothing that can be read as often as it takes.
  static func check(_ path: String) throws(VideoError) { close(try open(path)) }

  private static func open(_ path: String) throws(VideoError) -> Int32 {
    do throws(FileFault) {
      return try RegularFile.open(path).descriptor
    } catch {
      throw VideoError(error, path: path)
    }
  }

  private func read(_ bytes: UnsafeMutablePointer<UInt8>?, _ count: Int32) -> Int32 {
    while true {
      let found = Glibc.read(descriptor, bytes, Int(count))
      if found > 0 { return Int32(found) }
      if found == 0 { return CFFmpeg_AVERROR_EOF() }
      if errno != EINTR { return CFFmpeg_AVERROR(errno) }
    }
  }

  private func seek(_ offset: Int64, _ origin: Int32) -> Int64 {
    if origin & AVSEEK_SIZE != 0 {
      var status = stat()
      return fstat(descriptor, &status) == 0
        ? Int64(status.st_size) : Int64(CFFmpeg_AVERROR(errno))
    }
    let position = lseek(descriptor, off_t(offset), origin)
    return position >= 0 ? Int64(position) : Int64(CFFmpeg_AVERROR(errno))
  }
}

extension VideoError {
  /// A path that does not lead to a file.
  fileprivate init(_ fault: FileFault, path: String) {
    switch fault {
    case .missing:
      self.init(
        kind: .missing, path: path, reason: String(cString: strerror(ENOENT)),
        remedy: "check the path")
    case .notRegular(_, "folder"), .notRegular(_, "directory"):
      self.init(
        kind: .missing, path: path, reason: "it is a directory", remedy: "name a video file in it")
    case .notRegular(_, let kind):
      self.init(
        kind: .unreadable, path: path,
        reason: "it is a \(kind), and the input is read more than once",
        remedy: FileFault.remedy)
    case .tooLarge(_, let limit):
      self.init(
        kind: .tooLarge, path: path, reason: "it is larger than \(limit) bytes",
        remedy: "cut the video")
    case .system(_, _, let number):
      self.init(
        kind: .missing, path: path, reason: String(cString: strerror(number)),
        remedy: "check the file's permissions")
    }
  }
}
