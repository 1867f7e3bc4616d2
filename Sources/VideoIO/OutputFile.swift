import CFFmpeg
import Files
import Foundation

/// A file that appears under its name only when it is complete.
///
/// Bytes go to a temporary file in the same folder, which `commit` brings to disk and renames. An
/// interrupted program leaves an old file of that name as it was, never half of a new one. A
/// symbolic link stays, and its target is replaced; where the path names a device or a pipe, bytes
/// go there directly.
final class OutputFile {
  let path: String
  private let file: StagedFile
  /// `errno` of the first call that failed; 0 if none has.
  private var failure: Int32 = 0
  /// FFmpeg's view of this file.
  private(set) var stream: UnsafeMutablePointer<AVIOContext>?

  init(path: String) throws(VideoError) {
    var status = stat()
    if stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR || path.hasSuffix("/") {
      throw VideoError(
        kind: .unwritable, path: path, reason: "it is a directory",
        remedy: "add a file name, such as clip.mp4")
    }
    self.path = path
    do {
      file = try StagedFile(for: path)
    } catch is InputOverwrite {
      throw VideoError(
        kind: .unwritable, path: path, reason: "it was read, and would be overwritten",
        remedy: "write to another file")
    } catch {
      throw Self.error(path, Self.number(of: error))
    }
    try openStream()
  }

  deinit {
    if let stream { av_free(stream.pointee.buffer) }
    avio_context_free(&stream)
  }

  /// Brings the file to disk and gives it its name.
  func commit() throws(VideoError) {
    avio_flush(stream)
    try check()
    do {
      try file.commit()
    } catch {
      throw Self.error(path, Self.number(of: error))
    }
  }

  /// Throws if a write has failed, with the system's reason.
  func check() throws(VideoError) {
    if failure != 0 { throw Self.error(path, failure) }
  }

  private func openStream() throws(VideoError) {
    let size = 1 << 16
    guard let buffer = av_malloc(size) else { throw Self.error(path, ENOMEM) }
    stream = avio_alloc_context(
      buffer.assumingMemoryBound(to: UInt8.self), Int32(size), 1,
      Unmanaged.passUnretained(self).toOpaque(), nil,
      { file, bytes, count in
        Unmanaged<OutputFile>.fromOpaque(file!).takeUnretainedValue().write(bytes, count)
      },
      { file, offset, origin in
        let file = Unmanaged<OutputFile>.fromOpaque(file!).takeUnretainedValue()
        let position = lseek(file.file.descriptor, off_t(offset), origin)
        return position >= 0 ? Int64(position) : Int64(CFFmpeg_AVERROR(errno))
      })
    guard stream != nil else {
      av_free(buffer)
      throw Self.error(path, ENOMEM)
    }
  }

  private func write(_ bytes: UnsafePointer<UInt8>?, _ count: Int32) -> Int32 {
    do {
      try file.append(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
      return count
    } catch {
      failure = failure == 0 ? Self.number(of: error) : failure
      return CFFmpeg_AVERROR(failure)
    }
  }

  /// The system's number of what a writer of files throws.
  private static func number(of error: any Error) -> Int32 {
    if case .system(_, _, let number)? = error as? FileFault { return number }
    return error is WriteLimitReached ? EFBIG : EIO
  }

  private static func error(_ path: String, _ code: Int32) -> VideoError {
    let remedy =
      switch code {
      case ENOSPC, EDQUOT: "free disk space and run again"
      case ENOENT, ENOTDIR: "create the directory first"
      case EACCES, EPERM, EROFS: "choose a writable directory"
      default: "choose another path"
      }
    return VideoError(
      kind: .unwritable, path: path, reason: String(cString: strerror(code)), remedy: remedy)
  }
}
