import Glibc
import Tensors
import VideoIO

/// Versions of the libraries that numbers depend on, for records of runs.
public enum LibraryVersions {
  /// FFmpeg's only once a video was read or written: it is not loaded before.
  public static var inUse: [String: String] {
    var versions = ["oneDNN": OneDNN.version, "C library": cLibrary]
    versions["FFmpeg"] = FFmpegLibrary.versionInUse
    return versions
  }

  /// `glibc 2.36`
  private static var cLibrary: String {
    var text = [CChar](repeating: 0, count: 64)
    confstr(Int32(_CS_GNU_LIBC_VERSION), &text, text.count - 1)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
