import CFFmpeg
import Synchronization

/// What has to be arranged once in a process before FFmpeg is used.
public enum FFmpegLibrary {
  private static let isPrepared = Atomic(false)

  /// FFmpeg's version, such as `5.1.6`; nil as long as this process has read or written no video.
  public static var versionInUse: String? {
    isPrepared.load(ordering: .relaxed) ? String(cString: av_version_info()) : nil
  }

  /// Restricts FFmpeg to the instruction sets that every supported CPU has and installs the log.
  ///
  /// FFmpeg chooses among hand-written kernels by CPU; some round differently from others. With
  /// AVX-512 and the hints about slow instructions masked, every x86-64 CPU with AVX2 and FMA
  /// takes the same ones, and pixels do not depend on the machine.
  static let prepare: Void = {
    let optional =
      AV_CPU_FLAG_AVX512 | AV_CPU_FLAG_AVX512ICL | AV_CPU_FLAG_AVXSLOW
      | AV_CPU_FLAG_SLOW_GATHER | AV_CPU_FLAG_SSE2SLOW | AV_CPU_FLAG_SSE3SLOW
      | AV_CPU_FLAG_SSSE3SLOW | AV_CPU_FLAG_ATOM
    av_force_cpu_flags(av_get_cpu_flags() & ~optional)
    FFmpegLog.install()
    isPrepared.store(true, ordering: .relaxed)
  }()

  /// FFmpeg's words for a negative return value.
  static func message(_ code: Int32) -> String {
    var text = [CChar](repeating: 0, count: 128)
    av_strerror(code, &text, text.count)
    return text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}
