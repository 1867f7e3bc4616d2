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
  private let temporaryPath: String?
  private let descriptor: Int32
  private var isCommitted = false
  /// `errno` of the first call that failed; 0 if none has.
  private var failure: Int32 = 0
  /// FFmpeg's view of this file.
  private(set) var stream: UnsafeMutablePointer<AVIOContext>?

  init(path: String) throws(VideoError) {
    if ReadFiles.contains(path) {
      throw VideoError(
        kind: .unwritable, path: path, reason: "it is also an input and would be overwritten",
        remedy: "write to another file")
    }
    let place = WriteTarget(path)
    self.path = place.path
    var status = stat()
    if stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR || path.hasSuffix("/") {
      throw VideoError(
        kind: .unwritable, path: path, reason: "it is a directory",
        remedy: "add a file name, such as clip.mp4")
    }
    let isInPlace = place.isInPlace
    let target = isInPlace ? path : Self.temporaryPath(beside: place.path)
    temporaryPath = isInPlace ? nil : target
    descriptor = open(target, O_WRONLY | O_CLOEXEC | (isInPlace ? 0 : O_CREAT | O_EXCL), 0o666)
    guard descriptor >= 0 else { throw Self.error(path, errno) }
    try openStream()
  }

  deinit {
    if let stream { av_free(stream.pointee.buffer) }
    avio_context_free(&stream)
    close(descriptor)
    if !isCommitted, let temporaryPath { unlink(temporaryPath) }
  }

  /// Brings the file to disk and gives it its name.
  func commit() throws(VideoError) {
    avio_flush(stream)
    try check()
    if let temporaryPath {
      guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
        throw Self.error(path, errno)
      }
    }
    isCommitted = true
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
        let position = lseek(file.descriptor, off_t(offset), origin)
        return position >= 0 ? Int64(position) : Int64(CFFmpeg_AVERROR(errno))
      })
    guard stream != nil else {
      av_free(buffer)
      throw Self.error(path, ENOMEM)
    }
  }

  private func write(_ bytes: UnsafePointer<UInt8>?, _ count: Int32) -> Int32 {
    var written = 0
    while written < Int(count) {
      let step = Glibc.write(descriptor, bytes! + written, Int(count) - written)
      if step < 0 {
        if errno == EINTR { continue }
        failure = failure == 0 ? errno : failure
        return CFFmpeg_AVERROR(failure)
      }
      written += step
    }
    return count
  }

  private static func temporaryPath(beside path: String) -> String {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let unique = UInt64.random(in: 0...(.max))  // for the name only: it never shows in results
    return folder + ".merepl-\(getpid())-\(String(unique, radix: 36)).partial"
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
